"""The queue by view, filter and order: what each shows, in which order, page by page, and what its page says."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from escalation import labels
from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Outcome, Status
from escalation.extensions import db
from escalation.models.obstacles import Obstacle
from escalation.queries.lists.queue_order import Order, Position
from escalation.services.case import moves
from escalation.services.transaction import transaction
from escalation.web.lists.cursors import position_text, read_position
from tests.factories import FAR_COMMUNE, PROVINCE, Filed, Town, file_obstacle, move, sign_in
from tests.queries.queue_rows import fill_desks
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor
from tests.web.test_queue import ago, crowd, references, walk

MOST_QUERIES = 7
FRENCH_ALL = {"type": "Tous", "sector": "Tous", "urgency": "Toutes"}
TODAY = local_day(datetime.now(UTC))
COUNT = re.compile(r'<a href="([^"]+)"[^>]*>([^<]+?)\s*<span class="count">([^<]+)</span>')


def change(town: Town, case: Filed, **values: Any) -> None:
    """Write what the queue is narrowed and ordered by."""
    with town.app.app_context(), transaction() as session:
        session.execute(update(Obstacle).where(Obstacle.id == case.id).values(**values))


def shown(client: Visitor, query: str) -> list[str]:
    """Return the references that a queue shows, in their order."""
    return references(client.get(f"/queue?{query}").text)


def test_what_waits_for_others_has_its_view(town: Town, client: Visitor) -> None:
    asked, solved, working, free = (file_obstacle(town.app, town.president, now=ago(9)) for _ in range(4))
    for case in (asked, solved, working):
        move(town.app, moves.claim, case, town.reviewer)
    move(town.app, moves.request_information, asked, town.reviewer, question="من لم يوقع؟")
    move(town.app, moves.resolve, solved, town.reviewer, outcome=Outcome.REMOVED, resolution="وُقعت الاتفاقية")
    sign_in(client, town.reviewer)
    assert shown(client, "view=waiting") == [asked.reference, solved.reference]
    assert free.reference in shown(client, "view=unclaimed")
    assert set(shown(client, "view=mine")) == {asked.reference, solved.reference, working.reference}


def test_a_line_says_who_is_waited_for_and_since_when(town: Town, client: Visitor) -> None:
    asked, referred = (file_obstacle(town.app, town.president, now=ago(9)) for _ in range(2))
    for case in (asked, referred):
        move(town.app, moves.claim, case, town.reviewer, now=ago(8))
    move(town.app, moves.request_information, asked, town.reviewer, now=ago(4), question="من لم يوقع؟")
    outside = {"body": "AREP", "expected_on": TODAY + timedelta(days=9), "reason": "رأي"}
    move(town.app, moves.refer_out, referred, town.reviewer, now=ago(3), **outside)
    for person in (town.reviewer, town.president):
        address = "/queue?view=waiting&lang=en" if person is town.reviewer else "/obstacles?lang=en"
        page = sign_in(Visitor(town.app), person).get(address).text
        assert f"waiting for another body since {day_words(ago(3))}" in page
        assert person is town.president or f"waiting for the commune since {day_words(ago(4))}, until" in page


def day_words(moment: datetime) -> str:
    """Return a day as a line writes it: without its year, where that is this one."""
    day = local_day(moment)
    return labels.day_text(day, Language.EN, year=day.year != TODAY.year)


def test_each_view_carries_its_own_count(town: Town, client: Visitor) -> None:
    mine = file_obstacle(town.app, town.president, now=ago(80))
    move(town.app, moves.claim, mine, town.reviewer)
    crowd(town, 3)
    page = sign_in(client, town.reviewer).get("/queue").text
    counts = {address: int(count) for address, _label, count in COUNT.findall(page)}
    late = 1 + sum(number % 7 - 2 <= 0 for number in range(1, 4))
    assert counts == {
        "/queue": 4,
        "/queue?view=mine": 1,
        "/queue?view=unclaimed": 3,
        "/queue?view=late": late,
        "/queue?view=waiting": 0,
    }


def test_a_secretary_has_no_view_of_own_cases(town: Town, client: Visitor) -> None:
    page = sign_in(client, town.secretary).get("/queue").text
    assert "view=mine" not in page
    assert "view=unclaimed" in page


@pytest.mark.parametrize(("name", "column"), [("type", "obstacle_type"), ("urgency", "urgency"), ("sector", "sector")])
def test_each_filter_narrows_and_can_be_taken_away(town: Town, client: Visitor, name: str, column: str) -> None:
    usual = file_obstacle(town.app, town.president)
    chosen = file_obstacle(town.app, town.president)
    page = sign_in(client, town.reviewer).get("/queue").text
    offered = re.findall(rf'<select id="{name}".*?</select>', page, re.DOTALL)[0]
    other, value = re.findall(r'<option value="([a-z_0-9]+)"', offered)[-2:]
    change(town, usual, **{column: other})
    change(town, chosen, **{column: value})
    answer = client.get(f"/queue?view=unclaimed&{name}={value}&sort=age")
    assert references(answer.text) == [chosen.reference]
    assert f'<option value="{value}" selected' in answer.text
    chips = re.findall(r'<a href="([^"]+)"><span class="visually-hidden">', answer.text)
    assert [chip.replace("&amp;", "&") for chip in chips] == [
        "/queue?view=unclaimed&sort=age",
        f"/queue?view=unclaimed&{name}={value}",
    ]
    assert len(shown(client, f"{name}=nonsense")) == 2


def test_the_orders_put_what_is_unknown_last_and_show_what_they_sort_by(town: Town, client: Visitor) -> None:
    small, unknown, large = (file_obstacle(town.app, town.president, now=ago(days)) for days in (3, 9, 6))
    change(town, small, amount_blocked_centimes=0, people_affected=3000)
    change(town, large, amount_blocked_centimes=150_000_000, people_affected=20)
    change(town, unknown, amount_blocked_centimes=None, people_affected=None)
    sign_in(client, town.reviewer)
    assert shown(client, "sort=age") == [unknown.reference, large.reference, small.reference]
    assert shown(client, "sort=amount") == [large.reference, small.reference, unknown.reference]
    assert shown(client, "sort=people") == [small.reference, large.reference, unknown.reference]
    assert shown(client, "sort=nonsense") == shown(client, "")
    assert "on hold: 1,500,000 dirhams" in client.get("/queue?sort=amount").text
    people = client.get("/queue?sort=people").text
    assert "3,000 inhabitants" in people
    assert "inhabitants not given" in people


ORDERED = {
    Order.DEADLINE: (Obstacle.due_at,),
    Order.AGE: (Obstacle.filed_at,),
    Order.AMOUNT: (Obstacle.amount_blocked_centimes.is_(None), Obstacle.amount_blocked_centimes.desc()),
    Order.PEOPLE: (Obstacle.people_affected.is_(None), Obstacle.people_affected.desc()),
}


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("name", ["member", "secretary"])
def test_pages_of_every_order_show_each_case_once(town: Town, client: Visitor, order: Order, name: str) -> None:
    fill_desks(town, at_region=130, at_provinces=40, ended=20)
    pages = walk(sign_in(client, getattr(town, name)), f"/queue?sort={order}&view=unclaimed")
    filed = select(Obstacle.reference).where(Obstacle.status == Status.FILED)
    if name == "member":
        filed = filed.where(Obstacle.desk_code == "03")
    with town.app.app_context():
        expected = list(db.session.scalars(filed.order_by(*ORDERED[order], Obstacle.id)))
    assert [each for page in pages for each in page] == expected


def test_a_position_in_one_order_is_none_in_another() -> None:
    position = Position(Order.AMOUNT, -5000, 12)
    word = position_text(position)
    assert read_position(word, Order.AMOUNT) == position
    assert read_position(word, Order.PEOPLE) is None
    moment = Position(Order.AGE, datetime(2026, 3, 2, tzinfo=UTC), 7)
    assert read_position(position_text(moment), Order.AGE) == moment


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_cursor_of_another_order_shows_the_first_page(town: Town, client: Visitor) -> None:
    crowd(town, 60)
    sign_in(client, town.reviewer)
    word = position_text(Position(Order.AMOUNT, 10**9, 2**31 - 1))
    assert shown(client, f"sort=amount&after={word}") == []
    assert shown(client, f"sort=age&after={word}") == shown(client, "sort=age")


def test_a_case_that_waits_since_it_was_late_is_still_marked_late(town: Town, client: Visitor) -> None:
    late = file_obstacle(town.app, town.president, now=ago(80))
    move(town.app, moves.claim, late, town.reviewer, now=ago(79))
    move(town.app, moves.request_information, late, town.reviewer, now=ago(1), question="من لم يوقع؟")
    timely = file_obstacle(town.app, town.president, now=ago(80))
    move(town.app, moves.claim, timely, town.reviewer, now=ago(79))
    move(town.app, moves.request_information, timely, town.reviewer, now=ago(78), question="من لم يوقع؟")
    page = sign_in(client, town.reviewer).get("/queue?view=waiting").text
    assert references(page) == [late.reference, timely.reference]
    first, second = page.split('<div class="what">')[1:]
    assert 'class="is-late-row"' in page.split('<div class="what">')[0]
    assert "Late" in first
    assert "tone-late" not in second
    asked = sign_in(Visitor(town.app), town.president).get("/obstacles").text
    assert "is-late-row" not in asked


def test_an_empty_view_says_what_would_stand_there(town: Town, client: Visitor) -> None:
    file_obstacle(town.app, town.president3, commune=FAR_COMMUNE)
    crowd(town, 1)
    change(town, Filed(1, "", 1), due_at=datetime.now(UTC) + timedelta(days=3))
    with town.app.app_context(), transaction() as session:
        session.execute(
            update(Obstacle).where(Obstacle.desk_code == PROVINCE).values(due_at=datetime.now(UTC) + timedelta(days=9))
        )
    sign_in(client, town.reviewer)
    told = {
        "view=mine": "You have no case in charge",
        "view=late": "No case is late",
        "view=late&sort=age": "No case is late",
        "view=waiting": "No case waits for others",
        "urgency=critical": "No case fits what you chose",
        "view=mine&urgency=critical": "No case fits what you chose",
    }
    for query, heading in told.items():
        assert heading in client.get(f"/queue?{query}").text, query


@pytest.mark.parametrize("query", ["", "?view=waiting&sort=amount", "?urgency=normal&sort=people&view=unclaimed"])
def test_the_page_asks_the_database_no_more_for_more(town: Town, client: Visitor, query: str) -> None:
    fill_desks(town, at_region=120, at_provinces=60, ended=20)
    sign_in(client, town.secretary)
    client.get("/queue")
    with counting_queries(engine_of(town.app)) as statements:
        assert client.get(f"/queue{query}").status_code == 200
    assert len(statements) <= MOST_QUERIES, "\n".join(statements)


def test_french_says_all_of_a_kind_in_its_gender(town: Town) -> None:
    file_obstacle(town.app, town.president)
    page = sign_in(Visitor(town.app), town.reviewer).get("/queue?lang=fr").text
    first = {name: re.search(rf'name="{name}".*?<option[^>]*>([^<]+)<', page, re.DOTALL) for name in FRENCH_ALL}
    assert {name: found and found[1].strip() for name, found in first.items()} == FRENCH_ALL
