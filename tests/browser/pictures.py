"""``python -m tests.browser.pictures``: takes the pictures of the README from a fresh demonstration.

What is in a window, not a whole page; a telephone at twice its points, as its owner sees it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.stage import DESK, PHONE, Stage
from tests.processes import running_demo
from tests.servers import free_port

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"
MOST_BYTES = 250_000


@dataclass(frozen=True)
class Picture:
    """One window: who looks, where, in which language."""

    name: str
    who: str | None
    path: Callable[[Stage], str]
    language: str
    is_phone: bool = False


ALBUM = (
    Picture("queue-ar-desktop", "member", lambda _stage: "/queue", "ar"),
    Picture("case-ar-phone", "president", lambda stage: stage.find_case("president", "resolved"), "ar", is_phone=True),
    Picture("home-fr-desktop", "president", lambda _stage: "/", "fr"),
    Picture("mailbox-ar", None, lambda _stage: "/mailbox?to=president@demo.test", "ar"),
    Picture("filing-ar-phone", "president", lambda stage: stage.save_draft(), "ar", is_phone=True),
)


def main() -> None:
    """Take every picture, and refuse one that is too heavy for a README."""
    if find_chromium() is None:
        sys.exit("There is no chromium, chromium-browser or google-chrome on PATH.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running_demo(Path(home), free_port()) as process:
        assert process.stdout is not None
        address = next(line for line in process.stdout if line.startswith("Ready: ")).split()[1]
        with running_chromium() as browser:
            stage = Stage(browser, address)
            for picture in ALBUM:
                _take(stage, picture)
            stage.close()


def _take(stage: Stage, picture: Picture) -> None:
    window = {"viewport": PHONE, "device_scale_factor": 2} if picture.is_phone else {"viewport": DESK}
    page = stage.page(picture.who, **window)
    page.goto(stage.url(picture.path(stage), picture.language))
    if picture.name.startswith("filing"):
        page.locator("#route").scroll_into_view_if_needed()
    target = PICTURES / f"{picture.name}.png"
    page.screenshot(path=target)
    size = target.stat().st_size
    sys.stdout.write(f"{target.name}: {size // 1024} KB\n")
    if size > MOST_BYTES:
        sys.exit(f"{target.name} is heavier than {MOST_BYTES // 1000} KB.")


if __name__ == "__main__":
    main()
