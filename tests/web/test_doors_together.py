"""All doors at once, as in production: invitation, pass-phrase, second proof, enrolment, notice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.people import Person, SignInSession, SignInThrottle
from escalation.models.unfinished import KeptForm
from escalation.services.transaction import transaction
from tests.factories import PASSWORD, Town, file_obstacle, sign_in
from tests.visitor import Visitor
from tests.web.provers import begun_app, enrol_app, enter, is_in, mailed_code, shown_at
from tests.web.test_admin import NEWCOMER
from tests.web.test_doors import NEW, letters, path_in, words_of

pytestmark = [
    pytest.mark.usefixtures("second_proof"),
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]
MOST_STEPS = 6


@pytest.fixture
def town(town: Town) -> Iterator[Town]:
    """The town, where the notice stands in the way once, as in production."""
    config = town.app.extensions["config"]
    town.app.extensions["config"] = replace(config, privacy=replace(config.privacy, asks=True))
    yield town
    town.app.extensions["config"] = config


def walk(visitor: Visitor, path: str) -> list[str]:
    """Go where a page leads until one is shown; return the addresses, without what they carry."""
    met = [path]
    while (answer := visitor.get(met[-1])).status_code in (302, 303):
        met.append(str(answer.location))
        assert len(met) <= MOST_STEPS, f"led round in a circle: {met}"
    assert answer.status_code == 200, met
    return [address.partition("?")[0] for address in met]


def agree(visitor: Visitor, going_on: str) -> str:
    """Say that the notice was read; return where that leads."""
    return str(visitor.submit("/privacy/read", {"next": going_on}).location)


def test_who_is_invited_to_an_office_of_much_power_meets_each_door_once(town: Town, client: Visitor) -> None:
    enrol_app(town.app, town.admin)
    admin = sign_in(Visitor(town.app), town.admin, proven_at=datetime.now(UTC))
    given = {"office": "province_coordinator", "place": "03.531"}
    assert admin.submit("/admin/invitations/new", NEWCOMER | given).status_code == 303
    invitation = path_in(next(letter for letter in letters(town.app) if "/invitation/" in words_of(letter)))
    assert client.submit(invitation, {"password": NEW}).location == "/"
    assert walk(client, "/queue") == ["/queue", "/account/factors", "/privacy"]
    assert agree(client, "/account/factors") == "/account/factors"
    assert walk(client, "/queue") == ["/queue", "/account/factors"]
    assert client.submit("/account/app/begin").location == "/account/app", "the invitation is proof enough to enrol"
    with town.app.app_context():
        newcomer = db.session.scalars(select(Person).where(Person.email == NEWCOMER["email"])).one()
        person = replace(town.admin, id=newcomer.id, email=newcomer.email)
    code = shown_at(begun_app(town.app, person))
    assert client.submit("/account/app", {"code": code}).location == "/account/recovery-codes"
    assert walk(client, "/queue") == ["/queue"]


def test_a_page_that_matters_is_reached_past_the_notice_and_the_proof(town: Town) -> None:
    member, totp = sign_in(Visitor(town.app), town.member), enrol_app(town.app, town.member)
    assert walk(member, "/account/password") == ["/account/password", "/prove", "/privacy"]
    assert agree(member, "/prove?next=/account/password") == "/prove?next=/account/password"
    sent = {"proof_code": shown_at(totp), "next": "/account/password"}
    assert member.submit("/prove", sent).location == "/account/password"
    assert walk(member, "/account/password") == ["/account/password"]


def test_a_number_opens_the_first_door_only_and_failed_tries_are_counted_once(town: Town, client: Visitor) -> None:
    with town.app.app_context(), transaction() as rows:
        rows.execute(update(Person).where(Person.id == town.president.id).values(phone="+212612345678"))
    assert client.submit("/sign-in", {"email": "0612345678", "password": "wrong one"}).status_code == 422
    answer = client.submit("/sign-in", {"email": "0612345678", "password": PASSWORD})
    assert answer.location == "/sign-in/second"
    assert client.submit("/sign-in/second", {"proof_code": "000000"}).status_code == 422
    with town.app.app_context():
        refused = select(func.count()).where(SecurityEvent.kind == SecurityEventKind.PROOF_REFUSED)
        assert db.session.scalar(refused) == 1
    assert client.submit("/sign-in/second", {"proof_code": mailed_code(town.app)}).status_code == 303
    assert walk(client, "/") == ["/", "/privacy"]
    assert agree(client, "/") == "/"
    assert is_in(client)
    with town.app.app_context():
        tried = select(SignInThrottle.failures).where(SignInThrottle.person_id == town.president.id)
        assert sum(db.session.scalars(tried)) == 0, "who entered has all tries again"


def test_what_is_typed_is_kept_or_held_at_every_door(town: Town) -> None:
    case = file_obstacle(town.app, town.president)
    reviewer, path = sign_in(Visitor(town.app), town.reviewer), f"/obstacles/{case.reference}/escalate"
    typed = {"reason": "سبب لا يضيع", "version": str(case.version)}
    assert reviewer.submit(path, typed | {"do": "keep"}).status_code == 200, "the notice stops no keeping"
    with town.app.app_context(), transaction() as rows:
        assert db.session.scalar(select(func.count()).select_from(KeptForm)) == 1
        over = datetime.now(UTC) - timedelta(minutes=1)
        rows.execute(update(SignInSession).where(SignInSession.person_id == town.reviewer.id).values(expires_at=over))
    assert reviewer.submit(path, typed | {"do": "keep"}).status_code == 401
    held = reviewer.submit(path, typed)
    assert held.status_code == 401
    assert typed["reason"] in held.text
    enter(reviewer, town.reviewer)
    assert typed["reason"] in reviewer.submit(path, typed).text, "nor does a sign-in that waits for its proof lose it"
    assert reviewer.submit("/sign-in/second", {"proof_code": mailed_code(town.app)}).status_code == 303
    assert reviewer.submit(path, typed).status_code == 303, "the notice stops no form either"


def test_the_copy_of_what_is_held_asks_for_a_proof_and_loses_its_way_nowhere(town: Town) -> None:
    president = sign_in(Visitor(town.app), town.president)
    assert agree(president, "/account") == "/account"
    led = president.get("/account/data")
    assert (led.status_code, led.location) == (302, "/prove?next=/account/data")
    assert president.submit("/account/data").status_code == 401
    assert president.submit("/account/data", {"proof_code": mailed_code(town.app)}).location == "/account/data"
    taken = president.get("/account/data")
    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
