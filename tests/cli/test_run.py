"""The words with which `escalation serve` becomes gunicorn."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from config import Config
from escalation.cli import run
from tests.processes import environment_of


def words_of_serve(config: Config, monkeypatch: pytest.MonkeyPatch, shared_memory: Path) -> list[str]:
    became: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _path, words: became.append(words))
    monkeypatch.setattr(run, "SHARED_MEMORY", shared_memory)
    settings = environment_of(config) | {"ESCALATION_REDIS_URL": "redis://127.0.0.1:1/0"}
    assert CliRunner().invoke(run.serve, env=settings, catch_exceptions=False).exit_code == 0
    return became[-1]


def test_signs_of_life_are_kept_in_memory(config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = words_of_serve(config, monkeypatch, tmp_path)
    assert words[words.index("--worker-tmp-dir") + 1] == str(tmp_path)


def test_where_there_is_no_such_memory_gunicorn_chooses(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "--worker-tmp-dir" not in words_of_serve(config, monkeypatch, tmp_path / "absent")


def test_where_such_memory_may_not_be_written_gunicorn_chooses(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    assert "--worker-tmp-dir" not in words_of_serve(config, monkeypatch, tmp_path)


def test_two_servers_of_one_account_share_no_socket(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "--no-control-socket" in words_of_serve(config, monkeypatch, tmp_path)
