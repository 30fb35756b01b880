"""A few pictures and documents for the demo's cases, drawn when it is made: the project itself carries none."""

import io
from collections.abc import Mapping

import pikepdf
from PIL import Image, ImageDraw

from escalation.domain.files import FileRefused
from escalation.services.case.transitions import By
from escalation.services.files.uploads import Coming, receive_file

FORM = "/obstacles/new"
PHOTO, MINUTES = "photo", "minutes"
WITH_STORIES: Mapping[int, tuple[str, ...]] = {1: (PHOTO,), 12: (PHOTO, MINUTES), 13: (MINUTES,), 17: (PHOTO,)}
"""Which stories, by their number, are filed with what."""
NAMES = {
    ("ar", PHOTO): "صورة الورش.jpg",
    ("ar", MINUTES): "محضر الاجتماع.pdf",
    ("fr", PHOTO): "photo du chantier.jpg",
    ("fr", MINUTES): "procès-verbal.pdf",
}
LINES = ("Commune - seance de travail", "Objet : suivi du projet", "", "1. Etat d'avancement", "2. Points bloquants")
SIZE = (1200, 800)


def choose_papers(number: int, language: str, commune_code: str, by: By) -> str | None:
    """Choose the files of a story for the form in which it is filed; return that form's address, if there are any.

    Where no file is taken, as on a disk that is nearly full, the story goes without.
    """
    for paper in WITH_STORIES.get(number, ()):
        raw = _photo(number) if paper == PHOTO else _minutes()
        coming = Coming(NAMES[language, paper], io.BytesIO(raw), by.actor.person_id or 0, FORM, commune_code)
        try:
            receive_file(coming, by.now)
        except FileRefused:
            return None
    return FORM if number in WITH_STORIES else None


def _photo(number: int) -> bytes:
    """Draw a building site: hills under the sky, and a trench that nobody closed."""
    width, height = SIZE
    image = Image.new("RGB", SIZE, (168, 200, 226))
    draw = ImageDraw.Draw(image)
    for depth, colour in enumerate(((139, 150, 110), (167, 144, 98), (190, 160, 110))):
        top = 300 + depth * 120 + number % 7 * 5
        hills = [(x, top + (x * (depth + 2) * 7 + number * 37) % 90) for x in range(0, width + 1, 150)]
        draw.polygon([(0, height), *hills, (width, height)], fill=colour)
    draw.polygon([(420, height), (560, 560), (640, 560), (800, height)], fill=(92, 70, 48))
    for x in range(60, width, 190):
        draw.line([(x, 640), (x, 740)], fill=(240, 240, 240), width=12)
        draw.line([(x, 655), (x + 150, 655)], fill=(200, 40, 40), width=8)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=80)
    return target.getvalue()


def _minutes() -> bytes:
    """Write a page of minutes."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Helvetica"))
    page = document.pages[0]
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=document.make_indirect(font)))
    lines = " ".join(f"({line}) Tj T*" for line in LINES)
    page.Contents = document.make_stream(f"BT /F1 16 Tf 24 TL 72 760 Td {lines} ET".encode("ascii"))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
