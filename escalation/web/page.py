"""What every page's frame shows: the sections this person has, who they are, and the words templates may call."""

from dataclasses import dataclass
from functools import cache

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.local import LocalProxy

from escalation import labels
from escalation.domain.codes import COMMUNE_OFFICES, MEMBER_OFFICES, Language, Office
from escalation.domain.phones import phone_text
from escalation.domain.policy import MandateHeld
from escalation.queries.places import get_place
from escalation.web.identity import current_actor, must_enrol
from escalation.web.kept import now_ms, person_tag
from escalation.web.language import language_links
from escalation.web.messages.inbox import unread_text

FILERS = COMMUNE_OFFICES | {Office.SECRETARIAT_STAFF}
READERS = MEMBER_OFFICES | {Office.PROVINCIAL_SECRETARY, Office.REGIONAL_SECRETARY}


@dataclass(frozen=True)
class NavItem:
    """One section in the page's head."""

    label: str
    url: str
    current: bool
    count: str | None = None


@dataclass(frozen=True)
class CurrentPerson:
    """Who is signed in, as the page's head names them."""

    display_name: str
    capacity: str


def init_page(app: Flask) -> None:
    """Give templates their words and their frame."""
    app.jinja_env.globals.update(
        term=labels.term,
        labels=labels,
        phone_text=phone_text,
        name_of=labels.name_of,
        day_text=labels.day_text,
        instant_text=labels.instant_text,
        person_tag=person_tag,
        now_ms=now_ms,
        once=cache,
    )
    app.context_processor(_frame)


def _frame() -> dict[str, object]:
    """Return what the layouts need; the database is asked only by a layout that shows who is signed in."""
    language = g.get("language", Language.AR)
    return {
        "lang": language.value,
        "direction": "rtl" if language is Language.AR else "ltr",
        "installation_name": current_app.extensions["config"].installation.name,
        "language_links": language_links(),
        "current_person": LocalProxy(cache(lambda: _current_person() if current_user.is_authenticated else None)),
        "nav": LocalProxy(cache(lambda: _sections() if current_user.is_authenticated and not must_enrol() else [])),
    }


def _current_person() -> CurrentPerson:
    own = [mandate for mandate in current_actor().mandates if mandate.for_person_id is None]
    if len(own) < 2:
        return CurrentPerson(current_user.name, _capacity(own[0]) if own else "")
    others = ngettext("and %(num)d other office", "and %(num)d other offices", len(own) - 1)
    return CurrentPerson(current_user.name, f"{_capacity(own[0])} {others}")


def _capacity(mandate: MandateHeld) -> str:
    place = get_place(mandate.place_code)
    return f"{labels.office_label(mandate.office, place.kind)} · {labels.name_of(place)}"


def _sections() -> list[NavItem]:
    offices = {mandate.office for mandate in current_actor().mandates}
    sections = [
        (labels.term("what_waits_for_me"), "home.index", True),
        (labels.term("inbox"), "inbox.index", bool(offices)),
        (_("My obstacles"), "obstacles.index", bool(offices & FILERS)),
        (labels.term("queue"), "queue.index", bool(offices & READERS)),
        (_("Rulings"), "rulings.index", Office.REGIONAL_SECRETARY in offices),
        (_("Administration"), "admin_people.index", Office.ADMINISTRATOR in offices),
        (_("Mailbox"), "mailbox.index", current_app.extensions["config"].demo),
    ]
    return [_section(label, endpoint) for label, endpoint, is_theirs in sections if is_theirs]


def _section(label: str, endpoint: str) -> NavItem:
    count = unread_text() if endpoint == "inbox.index" else None
    return NavItem(label, url_for(endpoint), request.endpoint == endpoint, count)
