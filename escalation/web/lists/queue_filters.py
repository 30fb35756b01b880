"""The views, the filters and the orders of the queue as its page shows them, and what is chosen, to take away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from escalation import labels
from escalation.domain.codes import Language, Urgency
from escalation.queries.lists.queue_lists import COUNTED, View
from escalation.queries.lists.queue_order import Order
from escalation.queries.lists.territory import Territory
from escalation.queries.reference import Reference, get_reference
from escalation.queries.taxonomy import list_obstacle_types, list_sectors
from escalation.web.lists.queue_asked import STATUSES, Asked, Choices

Options = Sequence[tuple[str, str]]
KEPT_FILTERS = 32
"""For how many territories and languages the filters stay made."""


@dataclass(frozen=True)
class ViewLink:
    """A saved way to look at the queue."""

    label: str
    url: str
    current: bool
    count: str | None = None


@dataclass(frozen=True)
class Filter:
    """One select: its options under their headings, of which the empty heading is none."""

    name: str
    label: str
    none: str
    groups: Mapping[str, Options]
    chosen: str

    def chosen_label(self) -> str:
        """Return the words of what is chosen, or none."""
        return next((label for options in self.groups.values() for value, label in options if value == self.chosen), "")


@dataclass(frozen=True)
class Chip:
    """Something that is chosen, and the address of the queue without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Bar:
    """What stands above the lines of a queue."""

    views: list[ViewLink]
    filters: list[Filter]
    chips: list[Chip]

    @property
    def is_narrowed(self) -> bool:
        """Say whether something is left out by choice; an order leaves out nothing."""
        return any(each.chosen for each in self.filters if each.name != "sort")


def queue_bar(territory: Territory, choices: Choices, asked: Asked, counts: Mapping[View, int]) -> Bar:
    """Return the views, the filters and what is chosen."""
    filters = _filters(territory, choices, asked)
    return Bar(_view_links(territory, asked, counts), filters, _chips(filters, asked))


def _view_links(territory: Territory, asked: Asked, counts: Mapping[View, int]) -> list[ViewLink]:
    """A view keeps the order, and shows the whole queue."""
    sort = asked.parameters().get("sort")
    return [
        ViewLink(
            label=_view_label(view),
            url=url_for("queue.index", view=view or None, sort=sort),
            current=view is asked.narrowed.view,
            count=counted(counts[view]),
        )
        for view in views_of(territory)
    ]


def views_of(territory: Territory) -> list[View]:
    """Return the views that make sense in a territory: nobody has a case in charge where they do not decide."""
    return [view for view in View if view is not View.MINE or territory.desks]


def _filters(territory: Territory, choices: Choices, asked: Asked) -> list[Filter]:
    given = asked.parameters()
    codes = tuple(place.code for place in choices.provinces) if territory.spans_provinces else ()
    offered = _offered(get_reference(), codes, labels.current_language())
    return [replace(filter_, chosen=given.get(filter_.name, "")) for filter_ in offered]


@lru_cache(maxsize=KEPT_FILTERS)
def _offered(reference: Reference, province_codes: tuple[str, ...], _language: Language) -> list[Filter]:
    """Return the filters with nothing chosen: the same for everybody who reads these provinces in this language."""

    def select(name: str, label: str, options: Options, none: str = "") -> Filter:
        return Filter(name, label, none or _("All"), {"": options}, "")

    statuses = [(status.value, labels.status_label(status)) for status in STATUSES]
    provinces = [(code, labels.name_of(reference.places[code])) for code in province_codes]
    urgencies = [(urgency.value, labels.urgency_label(urgency)) for urgency in Urgency]
    sectors = [(sector.code, labels.name_of(sector)) for sector in list_sectors()]
    return [
        select("status", _("Status"), statuses, _("All that is open")),
        *([select("province", _("Prefecture or province"), provinces)] if provinces else []),
        Filter("type", _("Type of obstacle"), pgettext("masculine", "All"), _type_groups(), ""),
        select("urgency", labels.term("urgency"), urgencies),
        select("sector", _("Sector"), sectors, pgettext("masculine", "All")),
        select(
            "sort",
            _("Order"),
            [(order.value, order_label(order)) for order in Order if order != "deadline"],
            order_label(Order.DEADLINE),
        ),
    ]


def _chips(filters: Iterable[Filter], asked: Asked) -> list[Chip]:
    given = asked.parameters()
    return [
        Chip(
            _("%(name)s: %(value)s", name=filter_.label, value=filter_.chosen_label()),
            url_for("queue.index", **_without(given, filter_.name)),
        )
        for filter_ in filters
        if filter_.chosen
    ]


def order_label(order: Order) -> str:
    """Return the words for what comes first."""
    return {
        Order.DEADLINE: _("Nearest deadline first"),
        Order.AGE: _("Oldest case first"),
        Order.AMOUNT: _("Largest amount on hold first"),
        Order.PEOPLE: _("Most inhabitants first"),
    }[order]


def counted(number: int) -> str:
    """Return a number that was counted up to a bound: beyond it, only that there are more."""
    return f"{COUNTED - 1}+" if number >= COUNTED else str(number)


def _view_label(view: View) -> str:
    return {
        View.ALL: labels.term("filter_all"),
        View.MINE: labels.term("filter_mine"),
        View.UNCLAIMED: labels.term("filter_unclaimed"),
        View.LATE: labels.term("state_late"),
        View.WAITING: _("Waiting for others"),
    }[view]


def _type_groups() -> dict[str, Options]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for type_ in list_obstacle_types():
        groups.setdefault(labels.type_group_label(type_.group), []).append((type_.code, labels.name_of(type_)))
    return dict(groups)


def _without(given: Mapping[str, str], name: str) -> dict[str, Any]:
    return {each: value for each, value in given.items() if each != name}
