"""A database full of believable cases: the demonstration, played by the services, and thousands of copies of its cases.

45 in 100 are open, half of them at the region's desk and the others at its nine provinces'; every chain of the journal
holds and is sealed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection, delete, func, insert, select, text
from tqdm import tqdm

from benchmarks.bulk import Cells, continue_ids, last_id, write_rows
from benchmarks.stories import (
    COPIED,
    OBSTACLES,
    Copier,
    Copy,
    Rows,
    Story,
    filed_year,
    read_stories,
    seal_text,
    table_of,
)
from escalation.app import create_app
from escalation.demo.prepare import upgrade_schema
from escalation.demo.seed import seed_demo
from escalation.domain.codes import OPEN
from escalation.domain.journal import link_hash
from escalation.extensions import db
from escalation.models.journal import JournalSeal
from escalation.models.obstacles import ReferenceCounter
from escalation.services.reference import import_reference
from tests.settings import settings_for

SEED = 20261123
OPEN_SHARE = 0.45
OPEN_WEEKS, ENDED_WEEKS = 6, 200
COPIES_AT_ONCE = 1_000
SEALS, COUNTERS = table_of(JournalSeal), table_of(ReferenceCounter)


def fill(url: str, home: Path, size: int) -> None:
    """Bring an empty database to the newest schema and to this many obstacles."""
    app = create_app(settings_for(url, home))
    with app.app_context():
        upgrade_schema()
        import_reference()
        seed_demo()
        db.session.remove()
        with db.engine.begin() as connection:
            _multiply(connection, size)
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        db.engine.dispose()


def _multiply(connection: Connection, size: int) -> None:
    stories = read_stories(connection)
    copier = Copier({table: last_id(connection, table) for table in COPIED})
    numbers = Counter({row.year: row.last_number for row in connection.execute(select(COUNTERS))})
    there = connection.scalar(select(func.count()).select_from(OBSTACLES)) or 0
    plan = list(_plan(stories, size - there, numbers))
    for start in tqdm(range(0, len(plan), COPIES_AT_ONCE), unit=" thousand", leave=False, disable=None):
        rows: Rows = {table: [] for table in COPIED}
        for story, new in plan[start : start + COPIES_AT_ONCE]:
            for table, cells in copier.copy(story, new).items():
                rows[table] += cells
        for table in COPIED:
            write_rows(connection, table, rows[table])
        _seal(connection, rows[OBSTACLES])
    connection.execute(delete(COUNTERS))
    connection.execute(insert(COUNTERS), [{"year": year, "last_number": last} for year, last in numbers.items()])
    for table in COPIED:
        continue_ids(connection, table)


def _plan(stories: Sequence[Story], count: int, numbers: Counter[int]) -> Iterator[tuple[Story, Copy]]:
    """Yield which story is copied how; the references go on from those of each year."""
    rng = Random(SEED)
    by_openness = {
        is_open: [story for story in stories if (story.obstacle.cells["status"] in OPEN) is is_open]
        for is_open in (True, False)
    }
    for number in range(1, count + 1):
        is_open = rng.random() < OPEN_SHARE
        story = rng.choice(by_openness[is_open])
        earlier = timedelta(weeks=rng.randrange(OPEN_WEEKS if is_open else ENDED_WEEKS))
        year = filed_year(story, earlier)
        numbers[year] += 1
        reference = f"OBS-{year}-{numbers[year]:05d}"
        yield story, Copy(reference, number, earlier, with_messages=is_open)


def _seal(connection: Connection, obstacles: Sequence[Cells]) -> None:
    """Add one link to the chain of seals over these obstacles."""
    last = connection.execute(select(SEALS.c.seq, SEALS.c.hash).order_by(SEALS.c.seq.desc()).limit(1)).one()
    seq, sealed_at = last.seq + 1, datetime.now(UTC)
    canonical = seal_text(seq, sealed_at, obstacles)
    link = {"canonical": canonical, "previous_hash": last.hash, "hash": link_hash(last.hash, canonical)}
    connection.execute(insert(SEALS), {"seq": seq, "sealed_at": sealed_at, **link})
