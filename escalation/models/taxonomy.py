"""What an obstacle is sorted by: sectors, bodies, obstacle types and the reasons of their first desk."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Level
from escalation.models.base import Base, Json, code


class Term:
    """The columns of every taxonomy row: a code, its names, its search synonyms."""

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]
    name_ar: Mapped[str] = mapped_column(Text)
    name_fr: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    synonyms: Mapped[str] = mapped_column(Text, default="")
    retired: Mapped[bool] = mapped_column(default=False)


class Sector(Term, Base):
    """A field of local development."""

    __tablename__ = "sectors"


class Body(Term, Base):
    """An organisation that can own a project, sign, pay or permit."""

    __tablename__ = "bodies"

    level: Mapped[str] = mapped_column(String(40))


class RoutingReason(Term, Base):
    """A sentence that says why a type goes first to its desk, with its source in law and how sure we are of it."""

    __tablename__ = "routing_reasons"

    law: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(String(1))


class ObstacleType(Term, Base):
    """A cause or a need, who is competent for it in law, and the desk that follows it first."""

    __tablename__ = "obstacle_types"

    group: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10))
    competent_council: Mapped[str] = mapped_column(String(20))
    first_desk: Mapped[Level] = mapped_column(code(Level, "first_desk"))
    reason: Mapped[str] = mapped_column(ForeignKey("routing_reasons.code"))
    bodies: Mapped[list[str]] = mapped_column(Json)
