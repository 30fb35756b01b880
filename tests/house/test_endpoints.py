"""Every address says who may use it, and reads the same way."""

import re

from flask import Flask
from werkzeug.routing import Rule

from tests.house.tree import report

KEBAB = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
PARAMETER = re.compile(r"<([^<>]*)>")


def rules(app: Flask) -> list[Rule]:
    """Return the application's rules, without Flask's own for static files."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_endpoint_is_public_or_requires_a_right(house: Flask) -> None:
    faults = []
    for rule in rules(house):
        access = getattr(house.view_functions[rule.endpoint], "access", None)
        if not access or (isinstance(access, str) and access != "public"):
            faults.append(f"{rule.endpoint} ({rule.rule})")
    assert not faults, report(faults, "Mark the view with @public or @requires(...), right under its route:")


def test_every_parameter_has_a_type(house: Flask) -> None:
    faults = [rule.rule for rule in rules(house) for name in PARAMETER.findall(rule.rule) if ":" not in name]
    assert not faults, report(faults, "Give the parameter a converter, as in <int:number> or <reference:reference>:")


def test_every_address_is_kebab_case(house: Flask) -> None:
    faults = []
    for rule in rules(house):
        segments = [segment for segment in PARAMETER.sub("", rule.rule).split("/") if segment]
        faults += [rule.rule for segment in segments if not KEBAB.fullmatch(segment)]
    assert not faults, report(faults, "Write addresses in lower case with hyphens:")


def test_no_view_that_writes_answers_to_get(house: Flask) -> None:
    faults = [rule.rule for rule in rules(house) if {"PUT", "PATCH", "DELETE"} & (rule.methods or set())]
    assert not faults, report(faults, "Pages change things by POST only; a form can send nothing else:")


OF_MUCH_POWER = re.compile(r"/admin\b|/account/(password|app|passkeys|recovery-codes|sessions)\b|\bexport")


def test_whatever_gives_or_takes_power_asks_for_a_second_proof(house: Flask) -> None:
    faults = [
        f"{rule.endpoint} ({rule.rule})"
        for rule in rules(house)
        if "POST" in (rule.methods or set())
        and OF_MUCH_POWER.search(rule.rule)
        and not vars(house.view_functions[rule.endpoint]).get("is_sensitive")
    ]
    assert not faults, report(faults, "Mark the view with @sensitive, under @requires(...):")


def test_what_exports_asks_for_a_second_proof_by_get_too(house: Flask) -> None:
    faults = [
        f"{rule.endpoint} ({rule.rule})"
        for rule in rules(house)
        if "export" in f"{rule.endpoint} {rule.rule}"
        and not vars(house.view_functions[rule.endpoint]).get("is_sensitive")
    ]
    assert not faults, report(faults, "Mark the view with @sensitive, under @requires(...):")


def test_nothing_open_to_everybody_is_marked_sensitive(house: Flask) -> None:
    faults = [
        rule.endpoint
        for rule in rules(house)
        if (view := vars(house.view_functions[rule.endpoint])).get("is_sensitive") and view.get("access") == "public"
    ]
    assert not faults, report(faults, "A proof is asked of who is signed in; an open view asks nobody:")
