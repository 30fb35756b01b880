"""Other systems that are told over HTTP what happens to cases."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.domain.webhooks import EndpointState
from escalation.models.base import UTC, Base, Json, code


class WebhookEndpoint(Base):
    """One address that is told of the cases of one region; its secrets are sealed, and shown once."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_region_code_id", "region_code", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(250))
    region_code: Mapped[str] = mapped_column(ForeignKey("places.code"))
    events: Mapped[list[str]] = mapped_column(Json)
    """Of which events it is told; none named: of all."""
    state: Mapped[EndpointState] = mapped_column(code(EndpointState, "state"), default=EndpointState.ACTIVE)
    secret_sealed: Mapped[str] = mapped_column(Text, default="")
    previous_sealed: Mapped[str] = mapped_column(Text, default="")
    """The secret before it, which signs as well for a while."""
    previous_until: Mapped[datetime | None] = mapped_column(UTC)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTC)
