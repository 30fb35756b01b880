"""The command that a relay hands mail to: 0 once it is kept, 75 for whatever went wrong, and nothing between."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from config import Config
from escalation.cli.main import main
from escalation.domain.intake import IncomingStatus, Way
from escalation.extensions import db
from escalation.models.intake import IncomingMail
from tests.processes import environment_of

COMMAND = Path(sys.executable).with_name("escalation")
RAW = b"From: a@b.test\r\nTo: reply@reply.example.test\r\n\r\n\x00\xff words\r\n"


def pipe(config: Config, raw: bytes = RAW, *more: str, **environ: str) -> int:
    """Hand a mail to the command as a relay does, and return what it ends with."""
    done = subprocess.run(
        [COMMAND, "intake", "pipe", *more], input=raw, env=environment_of(config) | environ, check=False,
        capture_output=True, timeout=120,
    )  # fmt: skip
    return done.returncode


def kept(app: Flask) -> list[IncomingMail]:
    with app.app_context():
        db.session.rollback()
        return list(db.session.scalars(select(IncomingMail)))


def test_a_mail_is_kept_as_it_came_and_twice_brought_kept_once(app: Flask, config: Config) -> None:
    for _again in range(2):
        assert pipe(config, RAW, "--sender", "a@b.test", "--recipient", "reply+x@reply.example.test") == 0
    [row] = kept(app)
    assert (row.raw, row.status, row.way) == (RAW, IncomingStatus.NEW, Way.PIPE)
    assert (row.envelope_sender, row.envelope_recipient) == ("a@b.test", "reply+x@reply.example.test")


def test_the_sender_of_a_report_is_nothing_and_one_unsaid_is_unknown(app: Flask, config: Config) -> None:
    assert pipe(config, RAW, "--sender", "") == 0
    assert pipe(config, RAW + b"2") == 0
    assert [row.envelope_sender for row in kept(app)] == ["", None]


@pytest.mark.parametrize(
    "environ",
    [
        {"ESCALATION_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"},
        {"ESCALATION_DATABASE_URL": "sqlite:////dev/null/none.db"},
        {"ESCALATION_MAIL_PORT": "nothing"},
        {"ESCALATION_UNKNOWN": "1"},
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whatever_is_wrong_with_us_leaves_the_mail_with_the_relay(config: Config, environ: dict[str, str]) -> None:
    assert pipe(config, RAW, **environ) == 75


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_program_that_is_not_whole_leaves_the_mail_with_the_relay(config: Config, tmp_path: Path) -> None:
    (tmp_path / "sqlalchemy.py").write_text("raise ImportError('half renewed')\n")
    assert pipe(config, RAW, PYTHONPATH=str(tmp_path)) == 75


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_words_that_the_command_does_not_know_lose_no_mail(app: Flask, config: Config) -> None:
    assert pipe(config, RAW, "--size", "12", "more") == 0
    assert len(kept(app)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_of_a_mail_that_is_too_large_the_beginning_is_kept_for_the_administrator(app: Flask, config: Config) -> None:
    assert pipe(config, b"From: a@b.test\r\n\r\n" + b"x" * 26_500_000) == 0
    [row] = kept(app)
    assert (len(row.raw), row.size_bytes) == (200_000, 26_500_018)
    done = CliRunner().invoke(main, ["intake", "read"], env=dict(environment_of(config)))
    assert done.output == "1 mails read.\n"
    counted = CliRunner().invoke(main, ["intake", "status"], env=dict(environment_of(config)))
    assert counted.output.split() == ["held", "too_large", "1"]
