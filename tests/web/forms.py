"""The forms of a page as a browser would send them, for tests that go on from what a page holds."""

import re
from typing import Any
from xml.etree.ElementTree import Element

from tests.visitor import Visitor
from tests.web.audit import find_all, main_of, parse

ALL_SIX: dict[str, Any] = {
    "project_name": "تزويد دوار أولاد عياد بالماء",
    "project_owner": "COMMUNE",
    "obstacle_type": "convention_unsigned",
    "blocked_since": "2026-03-02",
    "description": "الاتفاقية جاهزة منذ شهور ولم يوقعها أحد الشركاء.",
    "request": "نرجو تذكير الشريك بالتوقيع.",
}


def fields_of(page: str, number: int = 0) -> dict[str, Any]:
    """Return what the page's own form would send, its buttons left out; several forms are told apart by number."""
    form = find_all(main_of(parse(page)), "form")[number]
    fields: dict[str, Any] = {}
    for element in find_all(form, "input", "select", "textarea"):
        for value in _values(element):
            name = str(element.get("name"))
            fields[name] = [*fields[name], value] if isinstance(fields.get(name), list) else _added(fields, name, value)
    fields.pop("csrf_token", None)
    return fields


def _added(fields: dict[str, Any], name: str, value: str) -> Any:
    return [fields[name], value] if name in fields else value


def _values(element: Element) -> list[str]:
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [option for option in options if "selected" in option.attrib] or options[:1]
        return [str(option.get("value")) for option in chosen]
    if element.tag == "textarea":
        return [(element.text or "").removeprefix("\n")]
    if element.get("type") in ("radio", "checkbox") and "checked" not in element.attrib:
        return []
    return [str(element.get("value") or "")]


def fresh_form(visitor: Visitor, path: str, **answers: Any) -> dict[str, Any]:
    """Open a page and return its form with these answers."""
    page = visitor.get(path)
    assert page.status_code == 200, page.status_code
    return fields_of(page.text) | answers


def errors_of(page: str) -> dict[str, str]:
    """Return the error summary of a refused form: what is said, by the id of the field it links to."""
    summary = next(element for element in parse(page).iter() if "data-error-summary" in element.attrib)
    return {str(link.get("href"))[1:]: "".join(link.itertext()) for link in summary.iter("a")}


def offered_on(page: str) -> set[str]:
    """Return what a case page leads to or sends itself: the last word of each address under that of the case."""
    main = main_of(parse(page))
    links = [str(link.get("href")) for link in find_all(main, "a")]
    links += [str(form.get("action")) for form in find_all(main, "form")]
    paths = [link.partition("?")[0] for link in links]
    return {path.rsplit("/", 1)[1] for path in paths if path.startswith("/obstacles/") and path.count("/") == 3}


def reference_in(location: str) -> str:
    """Return the reference that an address holds."""
    found = re.search(r"OBS-\d{4}-\d{5}", location)
    assert found, location
    return found.group()
