"""The queue and the list of obstacles: whose cases, in which order, page by page, and at what cost."""

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from escalation.domain.codes import Level, Outcome, Status
from escalation.extensions import db
from escalation.models.base import FAR
from escalation.models.obstacles import Obstacle, Referral
from escalation.services.case import moves
from escalation.services.transaction import transaction
from escalation.web.lists.cursors import read_cursor
from tests.factories import (
    COMMUNE,
    FAR_COMMUNE,
    NEIGHBOUR,
    OTHER_PROVINCE,
    PROVINCE,
    REGION,
    Filed,
    Inhabitant,
    Town,
    file_obstacle,
    move,
    save_draft,
    sign_in,
)
from tests.queries_counter import counting_queries, engine_of
from tests.visitor import Visitor

REFERENCE = re.compile(r'href="/obstacles/(OBS-[0-9]{4}-[0-9]{5})"')
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def references(page: str) -> list[str]:
    """Return the references of a list's lines, in their order."""
    return REFERENCE.findall(page)


def ago(days: int) -> datetime:
    """Return a moment in the past."""
    return datetime.now(UTC) - timedelta(days=days)


def crowd(town: Town, count: int, *, desk: str = PROVINCE, level: Level = Level.PROVINCE) -> None:
    """Put many filed obstacles at a desk at once, with deadlines that meet and differ; their journal is left out."""
    now = datetime.now(UTC)
    with town.app.app_context(), transaction() as session:
        start = session.scalar(select(func.coalesce(func.max(Obstacle.id), 0))) or 0
        session.execute(
            insert(Obstacle),
            [
                {
                    "id": start + number,
                    "reference": f"OBS-2020-{start + number:05d}",
                    "status": Status.FILED,
                    "level": level,
                    "commune_code": COMMUNE,
                    "province_code": PROVINCE,
                    "region_code": REGION,
                    "desk_code": desk,
                    "author_id": town.president.id,
                    "obstacle_type": "convention_unsigned",
                    "title": f"عائق {number}",
                    "created_at": now,
                    "changed_at": now - timedelta(minutes=number // 3),
                    "filed_at": now,
                    "due_at": now + timedelta(days=number % 7 - 2),
                }
                for number in range(1, count + 1)
            ],
        )


def walk(client: Visitor, path: str) -> list[list[str]]:
    """Return the references of each page, from the first to the last."""
    pages, url = [], path
    while url:
        page = client.get(url)
        assert page.status_code == 200
        pages.append(references(page.text))
        found = NEXT.search(page.text)
        url = found.group(1).replace("&amp;", "&") if found else ""
        assert len(pages) < 20
    return pages


def test_the_nearest_deadline_is_first_and_stopped_clocks_last(town: Town, client: Visitor) -> None:
    waiting = file_obstacle(town.app, town.president, now=ago(90))
    move(town.app, moves.claim, waiting, town.reviewer, now=ago(89))
    move(town.app, moves.request_information, waiting, town.reviewer, now=ago(88), question="من لم يوقع؟")
    fresh = file_obstacle(town.app, town.president)
    late = file_obstacle(town.app, town.president2, commune=NEIGHBOUR, now=ago(60))
    page = sign_in(client, town.reviewer).get("/queue").text
    assert references(page) == [late.reference, fresh.reference, waiting.reference]
    assert re.search(r"late by \d+ working days", page)
    assert "15 working days left" in page
    assert re.search(r"waiting for the commune since \d+ \w+( \d+)?, until \d+ \w+", page)
    assert "Unclaimed" in page
    assert "Commune of Bni Oulid, province of Taounate" in page


def test_who_sees_which_queue(town: Town) -> None:
    here = file_obstacle(town.app, town.president)
    there = file_obstacle(town.app, town.president3, commune=FAR_COMMUNE)
    risen = file_obstacle(town.app, town.president)
    move(town.app, moves.escalate, risen, town.reviewer, reason="خارج قدرة الإقليم")
    expected = {
        town.reviewer: {here},
        town.coordinator: {here},
        town.reviewer3: {there},
        town.member: {risen},
        town.chair: {risen},
        town.provincial: {here, risen},
        town.secretary: {here, there, risen},
        town.stranger: set(),
    }
    for person, cases in expected.items():
        page = sign_in(Visitor(town.app), person).get("/queue").text
        assert set(references(page)) == {case.reference for case in cases}, person.email


@pytest.mark.parametrize("name", ["president", "delegate", "staff", "admin", "nobody", "parliament"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_has_no_queue(town: Town, client: Visitor, name: str) -> None:
    person: Inhabitant = getattr(town, name)
    assert sign_in(client, person).get("/queue").status_code == 403


def ended(town: Town) -> Filed:
    """Return a case that went its whole way at the province."""
    case = file_obstacle(town.app, town.president, now=ago(9))
    move(town.app, moves.claim, case, town.reviewer)
    move(town.app, moves.resolve, case, town.reviewer, outcome=Outcome.REMOVED, resolution="وُقعت الاتفاقية")
    return move(town.app, moves.confirm, case, town.president)


def test_what_is_closed_is_shown_only_when_asked_for(town: Town, client: Visitor) -> None:
    closed, opened = ended(town), file_obstacle(town.app, town.president)
    sign_in(client, town.reviewer)
    assert references(client.get("/queue").text) == [opened.reference]
    assert references(client.get("/queue?status=closed").text) == [closed.reference]


def test_the_filters_narrow(town: Town, client: Visitor) -> None:
    mine, free, late = (file_obstacle(town.app, town.president, now=ago(days)) for days in (2, 1, 80))
    move(town.app, moves.claim, mine, town.reviewer)
    sign_in(client, town.reviewer)

    def shown(query: str) -> set[str]:
        return set(references(client.get(f"/queue?{query}").text))

    assert shown("status=in_review") == {mine.reference}
    assert shown("view=mine") == {mine.reference}
    assert shown("view=unclaimed") == {free.reference, late.reference}
    assert shown("view=late") == {late.reference}
    assert shown("view=late&status=in_review") == set()
    assert shown("status=nonsense&province=nonsense&view=nonsense") == {mine.reference, free.reference, late.reference}


def test_a_region_is_narrowed_to_one_of_its_provinces(town: Town, client: Visitor) -> None:
    here = file_obstacle(town.app, town.president)
    there = file_obstacle(town.app, town.president3, commune=FAR_COMMUNE)
    page = sign_in(client, town.secretary).get("/queue").text
    choices = re.findall(r'<option value="([0-9.]+)"', page)
    assert len(choices) == 9
    assert all(code.startswith("03.") for code in choices)
    assert references(client.get(f"/queue?province={OTHER_PROVINCE}").text) == [there.reference]
    assert references(client.get(f"/queue?province={PROVINCE}").text) == [here.reference]
    assert len(references(client.get("/queue?province=01.051").text)) == 2


def test_pages_show_each_case_once_and_in_order(town: Town, client: Visitor) -> None:
    crowd(town, 120)
    with town.app.app_context(), transaction() as session:
        session.execute(update(Obstacle).where(Obstacle.id % 5 == 0).values(due_at=FAR))
    pages = walk(sign_in(client, town.reviewer), "/queue")
    assert [len(page) for page in pages] == [50, 50, 20]
    with town.app.app_context():
        order = select(Obstacle.reference).order_by(Obstacle.due_at, Obstacle.id)
        assert [each for page in pages for each in page] == list(db.session.scalars(order))


def test_a_filter_is_kept_from_page_to_page(town: Town, client: Visitor) -> None:
    crowd(town, 120)
    with town.app.app_context(), transaction() as session:
        session.execute(update(Obstacle).where(Obstacle.id <= 60).values(status=Status.IN_REVIEW))
    pages = walk(sign_in(client, town.reviewer), "/queue?status=in_review")
    assert [len(page) for page in pages] == [50, 10]


def test_the_counts_stop_at_a_bound(town: Town, client: Visitor) -> None:
    sign_in(client, town.reviewer)
    crowd(town, 99)
    assert '<span class="count">99</span>' in client.get("/queue").text
    crowd(town, 1)
    assert '<span class="count">99+</span>' in client.get("/queue").text


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("reviewer", "/queue"),
        ("secretary", "/queue"),
        ("president", "/obstacles"),
        ("provincial", "/obstacles"),
        ("reviewer", "/obstacles"),
        ("reviewer", "/"),
        ("secretary", "/"),
        ("president", "/"),
    ],
)
def test_no_page_asks_more_of_the_database_when_there_is_more(
    town: Town, client: Visitor, name: str, path: str
) -> None:
    sign_in(client, getattr(town, name))
    client.get(path)  # what each process keeps is read once, before anything is counted
    engine = engine_of(town.app)
    counts = []
    for more in (5, 195):
        crowd(town, more)
        stays = select(Obstacle.id).where(~select(Referral.id).where(Referral.obstacle_id == Obstacle.id).exists())
        with town.app.app_context():
            fresh = list(db.session.scalars(stays))
        add_stays(town, fresh)
        with counting_queries(engine) as statements:
            page = client.get(path)
        assert page.status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1], "\n".join(statements)
    assert counts[1] <= (10 if path == "/" else 8), "\n".join(statements)


def add_stays(town: Town, ids: list[int]) -> None:
    """Give obstacles of a crowd their stay at the province's desk."""
    now = datetime.now(UTC)
    rows = [
        {
            "obstacle_id": obstacle_id,
            "seq": 1,
            "desk_code": PROVINCE,
            "level": Level.PROVINCE,
            "opened_by": "obstacle_filed",
            "opened_at": now,
            "allowance_days": 15,
            "acknowledge_by": now.date(),
        }
        for obstacle_id in ids
    ]
    with town.app.app_context(), transaction() as session:
        session.execute(insert(Referral), rows)


def test_the_commune_sees_its_own_drafts_first(town: Town, client: Visitor) -> None:
    filed = file_obstacle(town.app, town.president)
    draft = save_draft(town.app, town.scribe, project_name="مسلك قروي", now=ago(3))
    file_obstacle(town.app, town.president2, commune=NEIGHBOUR)
    page = sign_in(client, town.president).get("/obstacles").text
    links = re.findall(r'<a href="(/obstacles/(?:drafts/\d+|OBS-[^"/]+))"', page)
    assert links == [f"/obstacles/drafts/{draft.id}", f"/obstacles/{filed.reference}"]
    assert "File a new obstacle" in page


def test_the_list_of_the_commune_is_walked_once_in_order(town: Town, client: Visitor) -> None:
    crowd(town, 120)
    pages = walk(sign_in(client, town.president), "/obstacles")
    assert [len(page) for page in pages] == [50, 50, 20]
    with town.app.app_context():
        order = select(Obstacle.reference).order_by(Obstacle.changed_at.desc(), Obstacle.id.desc())
        assert [each for page in pages for each in page] == list(db.session.scalars(order))


def test_drafts_and_filed_obstacles_share_the_pages(town: Town, client: Visitor) -> None:
    drafts = [save_draft(town.app, town.scribe, project_name=f"مشروع {number}") for number in range(3)]
    crowd(town, 60)
    sign_in(client, town.president)
    first = client.get("/obstacles").text
    assert len(re.findall(r'href="/obstacles/drafts/\d+"', first)) == len(drafts)
    assert [len(page) for page in walk(client, "/obstacles")] == [47, 13]


def test_readers_see_what_passed_through_their_hands_and_no_draft(town: Town) -> None:
    save_draft(town.app, town.scribe)
    here, closed = file_obstacle(town.app, town.president), ended(town)
    there = file_obstacle(town.app, town.president3, commune=FAR_COMMUNE)
    expected = {
        town.reviewer: [closed, here],
        town.member: [],
        town.provincial: [closed, here],
        town.secretary: [there, closed, here],
        town.staff: [],
    }
    for person, cases in expected.items():
        page = sign_in(Visitor(town.app), person).get("/obstacles").text
        assert references(page) == [case.reference for case in cases], person.email
        assert "/obstacles/drafts/" not in page


def test_a_desk_that_passed_a_case_up_keeps_it_in_its_list(town: Town, client: Visitor) -> None:
    case = file_obstacle(town.app, town.president)
    move(town.app, moves.escalate, case, town.reviewer, reason="خارج قدرة الإقليم")
    sign_in(client, town.reviewer)
    assert references(client.get("/queue").text) == []
    assert references(client.get("/obstacles").text) == [case.reference]


@pytest.mark.parametrize("name", ["admin", "nobody", "parliament"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_may_read_no_list(town: Town, client: Visitor, name: str) -> None:
    assert sign_in(client, getattr(town, name)).get("/obstacles").status_code == 403


EDGES = ["0~0001-01-01T00:00:00+05:00~1", "0~9999-12-31T23:59:59-05:00~1", "1~0001-01-01T00:00:00+23:59~1"]
WORDS = ["x", "é", "MH4y", "===", "A" * 5000, "MH5ub3d-MQ", "%00", "LTF-MjAyNi0wMS0wMX4x"]


@pytest.mark.parametrize("word", WORDS + [urlsafe_b64encode(edge.encode()).decode().rstrip("=") for edge in EDGES])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_cursor_that_is_none_of_ours_shows_the_first_page(town: Town, client: Visitor, word: str) -> None:
    assert read_cursor(word) is None
    case = file_obstacle(town.app, town.president)
    assert references(sign_in(client, town.reviewer).get("/queue", query_string={"after": word}).text) == [
        case.reference
    ]
