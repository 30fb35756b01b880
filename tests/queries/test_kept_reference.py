"""What each process keeps of the reference is never older than its request: whoever changed it, and however."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from config import Config
from escalation.extensions import db
from escalation.models.places import Place
from escalation.models.settings import ReferenceStamp
from escalation.models.taxonomy import Sector
from escalation.queries.places import get_place
from escalation.queries.reference import get_reference
from escalation.queries.settings import get_calendar, get_settings
from escalation.queries.taxonomy import list_sectors
from escalation.services.settings import set_setting
from escalation.services.transaction import transaction
from tests.conftest import close_connections
from tests.factories import PROVINCE, Town, sign_in
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LATER = date(2026, 4, 1)
TERM = "code, position, name_ar, name_fr, name_en, synonyms, retired"
A_TERM = "'x', 99, 'أ', 'A', 'A', '', :no"
ROWS = {
    "places": (
        "code, level, kind, region_code, name_ar, name_fr, name_en, names_alt, retired",
        "'99', 'region', 'region', '99', 'أ', 'A', 'A', '', :no",
    ),
    "sectors": (TERM, A_TERM),
    "bodies": (f"{TERM}, level", f"{A_TERM}, 'commune'"),
    "routing_reasons": (f"{TERM}, law, certainty", f"{A_TERM}, '', 'A'"),
    "obstacle_types": (
        f'{TERM}, "group", kind, competent_council, first_desk, reason, bodies',
        f"{A_TERM}, 'other', 'cause', 'commune', 'province', (SELECT min(code) FROM routing_reasons), '[]'",
    ),
    "settings": ("key, value, effective_on, created_at", "'grace_days', 3, '2026-01-01', '2026-01-01 00:00:00'"),
    "mail_wordings": (
        "event, audience, language, version, set_by_id, created_at",
        "'obstacle_filed', 'desk', 'ar', 2, (SELECT min(id) FROM people), '2026-01-01 00:00:00'",
    ),
    "holiday_corrections": ("day, is_off, name_ar, name_fr", "'2026-03-03', :no, 'أ', 'A'"),
}
RENAMED = "name_fr = 'B'"
CHANGED = {"settings": "value = 4", "mail_wordings": "version = 3"}


@pytest.fixture
def elsewhere(create_app: Callable[..., Flask], town: Town, config: Config) -> Iterator[Flask]:
    """The application once more on the same database, with an engine and a memory of its own."""
    other = create_app(config)
    yield other
    close_connections(other)


def stamp_now(app: Flask) -> str:
    """Return the stamp as the database holds it."""
    with app.app_context():
        return db.session.scalars(select(ReferenceStamp.stamp)).one()


@pytest.mark.parametrize("table", ROWS)
def test_the_database_renews_the_stamp_with_every_change(town: Town, table: str) -> None:
    columns, values = ROWS[table]
    mine = f"{columns.split(',')[0]} = {values.split(',')[0]}"
    changes = (
        f"INSERT INTO {table} ({columns}) VALUES ({values})",
        f"UPDATE {table} SET {CHANGED.get(table, RENAMED)} WHERE {mine}",
        f"DELETE FROM {table} WHERE {mine}",
    )
    stamps = [stamp_now(town.app)]
    for change in changes:
        with town.app.app_context(), transaction() as session:
            session.execute(text(change), {"no": False} if ":no" in change else {})
        stamps.append(stamp_now(town.app))
    assert len(set(stamps)) == 4, stamps


def test_what_another_process_changed_is_seen_by_the_next_transaction(town: Town, elsewhere: Flask) -> None:
    with town.app.app_context():
        before, french = get_settings(LATER).grace_days, get_place(PROVINCE).name_fr
        assert get_calendar().is_working_day(date(2026, 3, 4))
    with elsewhere.app_context():
        assert get_settings(LATER).grace_days == before
        set_setting("grace_days", before + 1, LATER, by_id=town.chair.id, now=NOW)
        with transaction() as session:
            session.execute(update(Place).where(Place.code == PROVINCE).values(name_fr="Ailleurs"))
            session.execute(text("INSERT INTO holiday_corrections VALUES ('2026-03-04', :off, '', '')"), {"off": True})
        assert get_place(PROVINCE).name_fr == "Ailleurs"
    with town.app.app_context():
        assert get_settings(LATER).grace_days == before + 1
        assert get_settings(LATER - timedelta(days=1)).grace_days == before
        assert get_place(PROVINCE).name_fr == "Ailleurs" != french
        assert not get_calendar().is_working_day(date(2026, 3, 4))


def test_a_page_shows_the_name_that_another_process_has_just_given(
    town: Town, client: Visitor, elsewhere: Flask
) -> None:
    sign_in(client, town.reviewer)
    assert "قطاع جديد" not in client.get("/queue?lang=ar").text
    with elsewhere.app_context(), transaction() as session:
        first = list_sectors()[0].code
        session.execute(update(Sector).where(Sector.code == first).values(name_ar="قطاع جديد"))
    assert "قطاع جديد" in client.get("/queue?lang=ar").text


def rename_in_vain() -> None:
    """Change a name, read it in the same transaction, and never commit."""
    with transaction() as session:
        session.execute(update(Place).where(Place.code == PROVINCE).values(name_fr="Jamais"))
        assert get_place(PROVINCE).name_fr == "Jamais"
        raise ZeroDivisionError


def test_what_was_never_committed_is_forgotten(town: Town) -> None:
    with town.app.app_context():
        kept = get_place(PROVINCE).name_fr
        with pytest.raises(ZeroDivisionError):
            rename_in_vain()
        assert get_place(PROVINCE).name_fr == kept


def test_what_is_kept_is_read_once_and_asked_for_once_a_transaction(town: Town) -> None:
    with town.app.app_context():
        kept = get_reference()
        db.session.rollback()
        with counting_queries(engine_of(town.app)) as statements:
            assert get_reference() is get_reference() is kept
            assert list_sectors()
        assert len(statements) == 1, statements
