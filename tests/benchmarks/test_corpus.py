"""The database that is measured is one that the services could have written: it holds, and work goes on in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks.corpus import fill
from escalation.app import create_app
from escalation.domain.codes import OPEN
from escalation.extensions import db
from escalation.models.obstacles import Obstacle, Statement
from escalation.queries.journal import verify_journal
from tests.conftest import close_connections
from tests.settings import settings_for

SIZE = 400


@pytest.mark.timeout(240)
def test_every_chain_holds_and_new_rows_follow(empty_database_url: str, tmp_path: Path) -> None:
    fill(empty_database_url, tmp_path, SIZE)
    app = create_app(settings_for(empty_database_url, tmp_path))
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Obstacle)) == SIZE
        opened = db.session.scalar(select(func.count()).select_from(Obstacle).where(Obstacle.status.in_(OPEN)))
        assert 0.4 < (opened or 0) / SIZE < 0.6
        verdict = verify_journal()
        assert verdict.broken is None
        assert verdict.events > 3 * SIZE
        last = db.session.scalars(select(Statement).order_by(Statement.id.desc()).limit(1)).one()
        new = Statement(obstacle_id=last.obstacle_id, event_seq=99, kind="reason", text="", salt="")
        db.session.add(new)
        db.session.flush()
        assert new.id == last.id + 1
        db.session.rollback()
    close_connections(app)
