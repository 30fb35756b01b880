"""The line that says where the program is seen, and what is said instead when it does not answer."""

from __future__ import annotations

import pytest

from tests.servers import free_port
from workers import ready


def test_what_does_not_answer_is_said_after_some_tries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    said: list[str] = []
    port = free_port()
    ready.announce("127.0.0.1", port, "localhost", said.append)
    assert said == []
    assert len(pauses) == ready.ATTEMPTS - 1
    assert capsys.readouterr().err.startswith(f"No answer from http://127.0.0.1:{port}: ConnectionRefusedError")
