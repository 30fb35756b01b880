"""Importing the reference files: idempotent, complete or not at all, and nothing in use disappears."""

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from escalation.domain.codes import Language, Office
from escalation.models.obstacles import Obstacle
from escalation.models.people import Mandate, Person
from escalation.models.places import Place
from escalation.models.taxonomy import Body, ObstacleType, RoutingReason, Sector
from escalation.queries.places import get_place, list_communes
from escalation.queries.taxonomy import list_bodies, list_obstacle_types
from escalation.reference.rows import BrokenRow
from escalation.services.reference import TableReport, import_reference

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SHIPPED = Path(__file__).parents[2] / "escalation" / "reference"
GHAFSAI, TAOUNATE = "03.531.01.01", "03.531"

pytestmark = pytest.mark.usefixtures("db_session")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the shipped files, to change."""
    for name in ("territory", "taxonomy"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    return tmp_path


def drop_lines(path: Path, *starts: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(starts)), encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")


def report_of(table: str, directory: Path | None = None) -> TableReport:
    return next(each for each in import_reference(directory).tables if each.table == table)


def seat_somebody_at(session: scoped_session[Session], place_code: str) -> None:
    person = Person(
        email="somebody@example.test", name_ar="س", name_fr="S", language=Language.AR, password_hash="-", created_at=NOW
    )
    session.add(person)
    session.flush()
    session.add(
        Mandate(
            person_id=person.id,
            office=Office.COMMUNE_PRESIDENT,
            place_code=place_code,
            starts_on=date(2026, 1, 1),
            created_at=NOW,
        )
    )
    session.commit()


def ask_of(session: scoped_session[Session], bodies: list[str]) -> None:
    """Keep a draft whose author asks these bodies for something."""
    seat_somebody_at(session, GHAFSAI)
    session.add(
        Obstacle(
            commune_code=GHAFSAI,
            province_code=TAOUNATE,
            region_code="03",
            author_id=session.scalars(select(Person.id)).one(),
            asked_of=bodies,
            created_at=NOW,
            changed_at=NOW,
        )
    )
    session.commit()


def test_everything_is_loaded_and_a_second_run_changes_nothing(db_session: scoped_session[Session]) -> None:
    first = import_reference()
    assert [(each.table, len(each.added)) for each in first.tables] == [
        ("places", 1590),
        ("sectors", 25),
        ("bodies", 36),
        ("routing_reasons", 8),
        ("obstacle_types", 48),
    ]
    assert import_reference().is_empty
    for model, rows in ((Place, 1590), (Sector, 25), (Body, 36), (RoutingReason, 8), (ObstacleType, 48)):
        assert db_session.scalar(select(func.count()).select_from(model)) == rows
    assert len(list_communes(TAOUNATE)) == 49


def test_progress_reaches_its_end() -> None:
    steps: list[tuple[str, int, int]] = []
    import_reference(progress=lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == sorted(done for _, done, _ in steps)
    assert steps[-1] == ("obstacle_types", 1707, 1707)


def test_a_changed_row_is_reported_and_saved(directory: Path) -> None:
    import_reference()
    replace(directory / "territory/provinces.csv", "Taounate", "Taounat")
    report = report_of("places", directory)
    assert (report.added, report.changed, report.retired, report.removed) == ([], [TAOUNATE], [], [])
    assert get_place(TAOUNATE).name_fr == "Taounat"


def test_a_gone_place_nobody_needs_is_removed(directory: Path) -> None:
    import_reference()
    drop_lines(directory / "territory/communes.csv", f"{GHAFSAI},")
    assert report_of("places", directory).removed == [GHAFSAI]
    assert len(list_communes(TAOUNATE)) == 48


def test_a_gone_province_goes_with_its_communes(directory: Path) -> None:
    import_reference()
    drop_lines(directory / "territory/communes.csv", f"{TAOUNATE}.")
    drop_lines(directory / "territory/provinces.csv", f"{TAOUNATE},")
    report = report_of("places", directory)
    assert (len(report.removed), report.retired) == (50, [])


def test_a_gone_place_in_use_is_retired_with_what_stands_above_it(
    directory: Path, db_session: scoped_session[Session]
) -> None:
    import_reference()
    seat_somebody_at(db_session, GHAFSAI)
    drop_lines(directory / "territory/communes.csv", f"{TAOUNATE}.")
    drop_lines(directory / "territory/provinces.csv", f"{TAOUNATE},")
    report = report_of("places", directory)
    assert (len(report.removed), report.retired) == (48, [GHAFSAI, TAOUNATE])
    assert get_place(GHAFSAI).retired
    assert list_communes(TAOUNATE) == []
    assert import_reference(directory).is_empty


def test_a_row_that_comes_back_serves_again(directory: Path, db_session: scoped_session[Session]) -> None:
    import_reference()
    seat_somebody_at(db_session, GHAFSAI)
    drop_lines(directory / "territory/communes.csv", f"{GHAFSAI},")
    assert report_of("places", directory).retired == [GHAFSAI]
    assert report_of("places").changed == [GHAFSAI]
    assert not get_place(GHAFSAI).retired


def test_a_gone_body_is_retired_when_a_list_of_codes_names_it(
    directory: Path, db_session: scoped_session[Session]
) -> None:
    import_reference()
    ask_of(db_session, ["CAID", "FEC"])
    types = directory / "taxonomy/obstacle_types.csv"
    types.write_text(re.sub(r"\b(FEC|OMRANE)\b\|?", "", types.read_text(encoding="utf-8")), encoding="utf-8")
    drop_lines(directory / "taxonomy/bodies.csv", "FEC,", "OMRANE,")
    first, second = (report_of("bodies", directory) for _ in range(2))
    assert (first.retired, first.removed) == (["FEC"], ["OMRANE"])
    assert second.is_empty
    assert {"FEC", "OMRANE"}.isdisjoint(body.code for body in list_bodies())


def test_a_gone_type_and_its_reason_go_together(directory: Path) -> None:
    import_reference()
    types = directory / "taxonomy/obstacle_types.csv"
    gone = [row.code for row in list_obstacle_types() if row.reason == "court_decides"]
    drop_lines(types, *(f"{code}," for code in gone))
    drop_lines(directory / "taxonomy/routing_reasons.csv", "court_decides,")
    tables = {each.table: each for each in import_reference(directory).tables}
    assert tables["obstacle_types"].removed == gone
    assert tables["routing_reasons"].removed == ["court_decides"]


def test_a_broken_row_loads_nothing(directory: Path, db_session: scoped_session[Session]) -> None:
    replace(directory / "taxonomy/obstacle_types.csv", ",region_own_power,", ",no_such_reason,")
    with pytest.raises(BrokenRow, match=r"taxonomy/obstacle_types\.csv, line \d+, column reason"):
        import_reference(directory)
    assert db_session.scalar(select(func.count()).select_from(Place)) == 0


def test_a_fault_while_writing_leaves_nothing(
    db_session: scoped_session[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(table: str, done: int, total: int) -> None:
        if table == "bodies":
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        import_reference(progress=fail)
    assert db_session.scalar(select(func.count()).select_from(Place)) == 0
