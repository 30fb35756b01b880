"""What the law lets people ask: the version of the notice they were shown, and how somebody is called whose name went.

The words of a former member are also a row of the taxonomy; a test of the house keeps both equal.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from escalation.domain.settings import NEVER

NOTICE_VERSION: Final = 1
"""Raise it when the notice says something else than before: everybody is shown it again, once."""

FORMER_MEMBER: Final[Mapping[str, str]] = MappingProxyType(
    {"ar": "عضو(ة) سابق(ة)", "fr": "Ancien(ne) membre", "en": "A former member"}
)

FORMER_DOMAIN: Final = "former-member.invalid"
"""Of the address that stands in the place of one that went; nothing is ever delivered there."""


def former_address(person_id: int) -> str:
    """Return what stands in the place of a person's address when it went."""
    return f"{person_id}@{FORMER_DOMAIN}"


def days_before(day: date, days: int) -> date:
    """Return the day so many days before another."""
    return day - timedelta(days=days)


def years_before(day: date, years: int) -> date | None:
    """Return the same day so many years before; None when that is to be never. The 29 February becomes the 28."""
    if years == NEVER:
        return None
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
