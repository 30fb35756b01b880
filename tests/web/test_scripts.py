"""Pages in French and English hold no Arabic letter of ours: only what people wrote, and names."""

import re
from xml.etree.ElementTree import Element

import pytest

from escalation.web.language import NATIVE_NAMES
from tests.factories import Town
from tests.web.audit import parse
from tests.web.cases import asked, closed, filed, in_review, resolved
from tests.web.conftest import As

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

ARABIC = re.compile(r"[\u0600-\u06ff][\u0600-\u06ff\s]*")
WRITTEN_BY_PEOPLE = frozenset({"bdi", "title", "textarea"})


def arabic_words(element: Element) -> list[str]:
    """Return the Arabic words of a page that are neither a person's nor a language's own name."""
    if element.tag in WRITTEN_BY_PEOPLE or element.get("lang") == "ar":
        return ARABIC.findall(element.tail or "")
    found = ARABIC.findall(element.text or "")
    for child in element:
        found += arabic_words(child)
    return found + ARABIC.findall(element.tail or "")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["president", "reviewer", "chair", "secretary", "admin"])
def test_no_arabic_letter_of_ours(town: Town, as_person: As, name: str, language: str) -> None:
    cases = [make(town) for make in (filed, in_review, asked, resolved, closed)]
    addresses = ["/", "/obstacles", "/obstacles/new", "/queue", "/account", "/nothing-here"]
    addresses += [f"/obstacles/{case.reference}{more}" for case in cases for more in ("", "/receipt")]
    visitor = as_person(name)
    faults = {}
    for address in addresses:
        page = parse(visitor.get(f"{address}?lang={language}").text)
        words = [word for word in arabic_words(page) if word not in NATIVE_NAMES.values()]
        if words:
            faults[address] = words
    assert not faults
