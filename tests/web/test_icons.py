"""The pictures beside words: each is drawn where it stands, by a name that exists."""

import pytest
from flask import Flask
from jinja2 import UndefinedError

from escalation.domain.codes import Status

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

OTHERS = ("late", "paused", "info", "done", "forward", "back")


def draw(app: Flask, name: str) -> str:
    return str(app.jinja_env.get_template("components/icon.html").module.icon(name))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [*map(str, Status), *OTHERS])
def test_every_status_has_its_picture(app: Flask, name: str) -> None:
    drawn = draw(app, name)
    assert drawn.count("<svg") == 1
    assert 'aria-hidden="true"' in drawn
    assert "<path" in drawn or "<circle" in drawn


def test_no_two_statuses_look_alike(app: Flask) -> None:
    assert len({draw(app, str(status)) for status in Status}) == len(Status)


def test_a_picture_that_is_not_there_is_a_fault(app: Flask) -> None:
    with pytest.raises(UndefinedError, match="unknown"):
        draw(app, "unknown")
