"""The trail from the queue to its cases: who leaves one, where it leads, and what it is not fooled by."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import request
from sqlalchemy import update

from escalation.domain.codes import Outcome
from escalation.models.obstacles import Obstacle
from escalation.services.case import moves
from escalation.services.transaction import transaction
from escalation.web.access import requires
from escalation.web.lists.queue_trail import form_trail, next_case_url, queue_url, trail, url_after_move, with_trail
from tests.factories import Filed, Inhabitant, Town, file_obstacle, move, sign_in
from tests.visitor import ORIGIN, Visitor
from tests.web.test_queue import ago

Words = Callable[..., dict[str, str | None]]
FROM_QUEUE = {"Referer": f"{ORIGIN}/queue"}


@pytest.fixture
def words(town: Town, monkeypatch: pytest.MonkeyPatch) -> Words:
    """Ask what a page, opened by a person in a way, would say of its trail and of the case it is about."""
    told: dict[str, str | None] = {}

    @requires()
    def note() -> str:
        reference = request.args.get("about", "") or request.form.get("about", "")
        told.update(trail=trail(), queue=queue_url(), form=form_trail(reference), next=next_case_url(reference))
        told.update(after=url_after_move(reference), link=with_trail("/account?lang=fr"))
        return ""

    monkeypatch.setitem(town.app.view_functions, "account.show", note)
    monkeypatch.setitem(town.app.view_functions, "account.language", note)
    browsers: dict[int, Visitor] = {}

    def ask(person: Inhabitant, case: Filed, query: str = "", **how: dict[str, str]) -> dict[str, str | None]:
        if person.id not in browsers:
            browsers[person.id] = sign_in(Visitor(town.app), person)
        given = {"about": str(case.reference)}
        if "form" in how:
            browsers[person.id].submit("/account/language", given | how["form"])
        else:
            browsers[person.id].get(f"/account?about={case.reference}&{query}", headers=how.get("headers"))
        return dict(told)

    return ask


@pytest.fixture
def three(town: Town) -> list[Filed]:
    """Three cases at the province's desk, the nearest deadline first."""
    return [file_obstacle(town.app, town.president, now=ago(days)) for days in (30, 20, 10)]


def page_of(case: Filed, queue: str) -> str:
    """Return the address of a case that carries a trail."""
    return f"/obstacles/{case.reference}?queue={queue}"


def test_a_click_in_the_queue_leaves_a_trail(town: Town, words: Words, three: list[Filed]) -> None:
    told = words(town.reviewer, three[0], headers=FROM_QUEUE)
    assert told["trail"] == "sort=deadline"
    assert told["queue"] == "/queue"
    assert told["next"] == page_of(three[1], "sort%3Ddeadline")
    assert told["link"] == "/account?lang=fr&queue=sort%3Ddeadline"
    headers = {"Referer": f"{ORIGIN}/queue?view=unclaimed&sort=age&after=abc&x=<y>"}
    told = words(town.reviewer, three[0], headers=headers)
    assert told["trail"] == "view=unclaimed&sort=age"
    assert told["queue"] == "/queue?view=unclaimed&sort=age"
    assert told["next"] == page_of(three[1], "view%3Dunclaimed%26sort%3Dage")


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("", {"Referer": f"{ORIGIN}/obstacles"}),
        ("", {"Referer": "https://elsewhere.example/queue"}),
        ("", {"Referer": "https://[broken/queue"}),
        ("queue=", FROM_QUEUE),
        (f"queue={'a' * 700}", {}),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_without_a_trail_a_move_leads_back_to_its_case(
    town: Town, words: Words, three: list[Filed], query: str, headers: dict[str, str]
) -> None:
    told = words(town.reviewer, three[0], query, headers=headers)
    assert told["trail"] == told["form"] == ""
    assert told["queue"] is told["next"] is None
    assert told["after"] == f"/obstacles/{three[0].reference}"
    assert told["link"] == "/account?lang=fr"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_has_no_queue_has_no_trail(town: Town, words: Words, three: list[Filed]) -> None:
    told = words(town.president, three[0], "queue=view%3Dlate", headers=FROM_QUEUE)
    assert told["trail"] == ""
    assert told["queue"] is told["next"] is None


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_no_queue_says_is_left_out_of_a_trail(town: Town, words: Words, three: list[Filed]) -> None:
    told = words(town.reviewer, three[0], "queue=view%3Dlate%26next%3D%2F%2Fevil.example%26sort%3D%253Cb%253E")
    assert told["trail"] == "view=late"
    told = words(town.reviewer, three[0], "queue=%2F%2Fevil.example")
    assert told["queue"] == "/queue"


def test_the_next_case_is_the_one_after_and_none_stands_behind_the_last(
    town: Town, words: Words, three: list[Filed]
) -> None:
    waiting = three[1]
    move(town.app, moves.claim, waiting, town.reviewer)
    move(town.app, moves.request_information, waiting, town.reviewer, question="من لم يوقع؟")
    trail_ = "queue=sort%3Ddeadline"
    assert words(town.reviewer, three[0], trail_)["next"] == page_of(three[2], "sort%3Ddeadline")
    assert words(town.reviewer, three[2], trail_)["next"] is None
    told = words(town.reviewer, three[2], "queue=view%3Dwaiting")
    assert told["next"] == page_of(waiting, "view%3Dwaiting")


def sent_from(told: dict[str, str | None]) -> dict[str, str]:
    """Return what the form of a page with a trail sends."""
    return {"queue": str(told["form"])}


def test_after_a_decision_the_next_case_opens_then_those_passed_over_then_the_queue(
    town: Town, words: Words, three: list[Filed]
) -> None:
    first, second, third = three
    form = sent_from(words(town.reviewer, second, headers=FROM_QUEUE))
    assert set(parse_qs(form["queue"])) == {"sort", "after"}
    move(town.app, moves.escalate, second, town.reviewer, reason="خارج قدرة الإقليم")
    assert words(town.reviewer, second, form=form)["after"] == page_of(third, "sort%3Ddeadline")
    form = sent_from(words(town.reviewer, third, "queue=sort%3Ddeadline"))
    move(town.app, moves.escalate, third, town.reviewer, reason="خارج قدرة الإقليم")
    assert words(town.reviewer, third, form=form)["after"] == page_of(first, "sort%3Ddeadline")
    form = sent_from(words(town.reviewer, first, "queue=sort%3Ddeadline"))
    move(town.app, moves.escalate, first, town.reviewer, reason="خارج قدرة الإقليم")
    assert words(town.reviewer, first, form=form)["after"] == "/queue"


def test_a_case_that_is_mine_to_work_on_stays_open(town: Town, words: Words, three: list[Filed]) -> None:
    form = sent_from(words(town.reviewer, three[0], headers=FROM_QUEUE))
    move(town.app, moves.claim, three[0], town.reviewer)
    assert words(town.reviewer, three[0], form=form)["after"] == page_of(three[0], "sort%3Ddeadline")
    move(town.app, moves.resolve, three[0], town.reviewer, outcome=Outcome.REMOVED, resolution="وُقعت")
    assert words(town.reviewer, three[0], form=form)["after"] == page_of(three[1], "sort%3Ddeadline")


def test_the_trail_keeps_the_order_and_the_filters_of_its_queue(town: Town, words: Words, three: list[Filed]) -> None:
    with town.app.app_context(), transaction() as session:
        for case, amount in zip(three, (100, None, 900), strict=True):
            row = update(Obstacle).where(Obstacle.id == case.id)
            session.execute(row.values(amount_blocked_centimes=amount, sector="roads" if amount else "water"))
    by_amount = "queue=sort%3Damount"
    assert words(town.reviewer, three[2], by_amount)["next"] == page_of(three[0], "sort%3Damount")
    assert words(town.reviewer, three[0], by_amount)["next"] == page_of(three[1], "sort%3Damount")
    narrowed = "queue=sector%3Droads%26sort%3Damount"
    assert words(town.reviewer, three[2], narrowed)["next"] == page_of(three[0], "sector%3Droads%26sort%3Damount")
    assert words(town.reviewer, three[0], narrowed)["next"] is None


def test_a_reader_passes_from_the_queue_through_a_move_to_the_next_case(
    town: Town, client: Visitor, three: list[Filed]
) -> None:
    sign_in(client, town.reviewer)
    case = client.get(f"/obstacles/{three[0].reference}", headers=FROM_QUEUE).text
    assert 'href="/queue"' in case
    link = re.search(r'href="(/obstacles/[^"]+/escalate\?[^"]+)"', case)
    assert link is not None
    form = client.get(link.group(1).replace("&amp;", "&")).text
    fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"', form))
    fields |= {
        name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', form)[0] for name in ("version", "idempotency_key")
    }
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items() if name != "csrf_token"}
    answer = client.submit(urlsplit(link.group(1)).path, fields | {"reason": "خارج قدرة الإقليم"})
    assert answer.status_code == 303
    assert answer.location == page_of(three[1], "sort%3Ddeadline")
