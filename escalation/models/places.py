"""The territory: regions, prefectures and provinces, communes; a place above the commune is also a desk's address."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.codes import Level, PlaceKind
from escalation.models.base import Base
from escalation.models.base import code as code_of


class Place(Base):
    """One region, prefecture, province or commune, by its HCP code of 2024."""

    __tablename__ = "places"
    __table_args__ = (
        Index("ix_places_parent_code_name_fr", "parent_code", "name_fr"),
        Index("ix_places_region_code_level", "region_code", "level"),
    )

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    level: Mapped[Level] = mapped_column(code_of(Level, "level"))
    kind: Mapped[PlaceKind] = mapped_column(code_of(PlaceKind, "kind"))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"))
    province_code: Mapped[str | None] = mapped_column(String(20))
    region_code: Mapped[str] = mapped_column(String(20))
    name_ar: Mapped[str] = mapped_column(String(120))
    name_fr: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    names_alt: Mapped[str] = mapped_column(Text, default="")
    population: Mapped[int | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    retired: Mapped[bool] = mapped_column(default=False)
