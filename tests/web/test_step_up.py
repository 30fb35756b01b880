"""Before what matters people prove again who they are; the form they sent is held, and carried out with the proof."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from escalation.domain.codes import Office
from escalation.extensions import db
from escalation.models.people import Mandate, SignInSession
from escalation.models.settings import Setting
from escalation.services.people.recovery import renew_codes
from escalation.services.transaction import transaction
from escalation.web.step_up import PROVEN_FOR
from tests.factories import PASSWORD, REGION, SINCE, Inhabitant, Town, file_obstacle, sign_in
from tests.visitor import CSRF_VALUE, ORIGIN, Visitor
from tests.web.audit import faults_of, find_all, parse
from tests.web.forms import errors_of
from tests.web.provers import begun_app, enrol_app, mailed_code, shown_at, wrong_for
from tests.web.test_doors import NEW, letters

pytestmark = pytest.mark.usefixtures("second_proof")

DELAY = {"value": "12", "effective_on": "2098-01-01"}
SETTING = "/admin/settings/confirm_days"


def opened(town: Town, person: Inhabitant, ago: timedelta | None = None) -> Visitor:
    """Return a browser in which a person is signed in, and gave a second proof so long ago, or never."""
    visitor = sign_in(Visitor(town.app), person, proven_at=None if ago is None else datetime.now(UTC) - ago)
    with visitor.session_transaction(base_url=ORIGIN) as cookie:
        cookie["language"] = "en"
    return visitor


def is_set(town: Town) -> bool:
    """Say whether the delay was changed."""
    with town.app.app_context():
        return db.session.scalar(select(Setting.key).where(Setting.key == "confirm_days")) is not None


def hidden(page: str) -> dict[str, str]:
    """Return the hidden answers of a page's main form."""
    form = next(each for each in find_all(parse(page), "form") if each.get("data-held") is not None)
    fields = find_all(form, "input")
    return {str(each.get("name")): str(each.get("value") or "") for each in fields if each.get("type") == "hidden"}


def test_a_held_form_is_carried_out_with_its_proof_and_the_session_gets_another_token(town: Town) -> None:
    totp = enrol_app(town.app, town.admin)
    admin = opened(town, town.admin, PROVEN_FOR)
    with admin.session_transaction(base_url=ORIGIN) as cookie:
        first = cookie["token"]
    asked = admin.submit(SETTING, DELAY)
    assert asked.status_code == 401
    assert faults_of(asked, "en") == []
    assert not is_set(town)
    held = hidden(asked.text)
    assert {name: held[name] for name in DELAY} == DELAY
    refused = admin.submit(SETTING, held | {"proof_code": wrong_for(totp)})
    assert refused.status_code == 422
    assert {name: hidden(refused.text)[name] for name in DELAY} == DELAY
    assert not is_set(town)
    assert admin.submit(SETTING, held | {"proof_code": ""}).status_code == 422
    assert admin.submit(SETTING, held | {"proof_code": shown_at(totp)}).status_code == 303
    assert is_set(town)
    with admin.session_transaction(base_url=ORIGIN) as cookie:
        assert cookie["token"] != first
    thief = Visitor(town.app)
    with thief.session_transaction(base_url=ORIGIN) as cookie:
        cookie.update({"token": first, "_user_id": first})
    assert thief.get("/").status_code == 302, "the token before opens nothing"
    assert admin.submit("/admin/settings/reopen_closed_days", DELAY).status_code == 303, "it is not asked again at once"


def test_the_same_code_proves_once_only(town: Town) -> None:
    code = shown_at(enrol_app(town.app, town.admin))
    admin, other = (opened(town, town.admin) for _browser in range(2))
    assert admin.submit(SETTING, DELAY | {"proof_code": code}).status_code == 303
    assert other.submit(SETTING, DELAY | {"proof_code": code}).status_code == 422


def test_a_page_that_matters_leads_to_the_proof_and_back(town: Town) -> None:
    totp = enrol_app(town.app, town.member)
    member = opened(town, town.member)
    answer = member.get("/account/password")
    assert (answer.status_code, answer.location) == (302, "/prove?next=/account/password")
    assert faults_of(member.get(answer.location), "en") == []
    assert member.submit("/prove", {"proof_code": wrong_for(totp), "next": "/account/password"}).status_code == 422
    answer = member.submit("/prove", {"proof_code": shown_at(totp), "next": "/account/password"})
    assert (answer.status_code, answer.location) == (303, "/account/password")
    assert member.get("/account/password").status_code == 200
    assert member.submit("/prove", {"proof_code": "000000", "next": "//evil.test"}).location == "/account"


def test_who_has_nothing_enrolled_proves_it_by_a_mailed_code(town: Town) -> None:
    president = opened(town, town.president)
    fields = {"current": PASSWORD, "password": NEW}
    asked = president.submit("/account/password", fields)
    assert asked.status_code == 401
    assert PASSWORD not in asked.text
    assert NEW not in asked.text, "no pass-phrase is given back"
    code = mailed_code(town.app)
    assert president.submit("/account/password", fields | {"proof_again": "1"}).status_code == 401
    newer = mailed_code(town.app)
    assert president.submit("/account/password", fields | {"proof_code": code}).status_code == 422
    assert president.submit("/account/password", fields | {"proof_code": newer}).status_code == 303


def test_a_mailed_code_is_asked_for_by_a_button_on_the_page_of_proof(town: Town) -> None:
    president = opened(town, town.president)
    assert "Send me a code by e-mail" in president.get("/prove?next=/account/app").text
    assert not letters(town.app), "to look at a page sends nothing"
    assert president.submit("/prove/code", {"next": "/account/app"}).location == "/prove?next=/account/app"
    assert president.submit("/prove", {"proof_code": mailed_code(town.app), "next": "/account/app"}).status_code == 303


def test_mail_proves_nothing_for_who_has_an_app(town: Town) -> None:
    enrol_app(town.app, town.member)
    member = opened(town, town.member)
    assert member.submit("/prove/code").status_code == 303
    assert not letters(town.app)
    assert member.submit("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 401
    assert not letters(town.app)


def test_a_form_whose_page_is_not_known_as_ours_is_not_held(town: Town) -> None:
    enrol_app(town.app, town.admin)
    admin = opened(town, town.admin)
    with admin.session_transaction(base_url=ORIGIN) as cookie:
        cookie["csrf_token"] = CSRF_VALUE
    token = URLSafeTimedSerializer(str(town.app.secret_key), salt="wtf-csrf-token").dumps(CSRF_VALUE)
    answer = admin.post(SETTING, data=DELAY | {"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/prove")
    assert not is_set(town)


def test_a_file_that_came_with_a_held_form_is_named_as_not_held(town: Town) -> None:
    totp = enrol_app(town.app, town.admin)
    admin, path = opened(town, town.admin), "/admin/people/import"
    table = {"table": (BytesIO("الاسم\n".encode()), "people.csv")}
    asked = admin.submit(path, table)
    assert asked.status_code == 401
    assert "A file that came with it is not held: choose it again afterwards." in asked.text
    again = admin.submit(path, hidden(asked.text) | {"proof_code": shown_at(totp)})
    assert again.status_code == 422
    assert "not held" not in admin.submit(SETTING, DELAY).text


def test_a_code_on_paper_has_a_question_of_its_own_beside_that_of_the_app(town: Town) -> None:
    enrol_app(town.app, town.admin)
    with town.app.app_context():
        codes = renew_codes(town.admin.id, datetime.now(UTC))
    admin = opened(town, town.admin)
    asked = admin.submit(SETTING, DELAY)
    questions = {str(each.get("name")): each for each in find_all(parse(asked.text), "input")}
    assert (questions["proof_code"].get("inputmode"), questions["proof_paper"].get("inputmode")) == ("numeric", "text")
    refused = admin.submit(SETTING, hidden(asked.text) | {"proof_code": "", "proof_paper": "aaaaa-aaaaa"})
    assert refused.status_code == 422
    assert list(errors_of(refused.text)) == ["proof_paper"]
    sent = hidden(refused.text) | {"proof_code": "", "proof_paper": codes[0]}
    assert admin.submit(SETTING, sent).status_code == 303
    assert is_set(town)


OWN = (
    "/account/password", "/account/app/begin", "/account/app", "/account/app/remove", "/account/passkeys",
    "/account/passkeys/challenge", "/account/passkeys/1/remove", "/account/recovery-codes",
    "/account/sessions/end-others", "/account/sessions/1/end",
)  # fmt: skip


@pytest.mark.parametrize("path", OWN)
def test_what_changes_how_one_signs_in_asks_for_a_proof(town: Town, path: str) -> None:
    assert opened(town, town.president).submit(path).status_code == 401


@pytest.mark.parametrize("office", ["admin", "coordinator", "chair", "secretary"])
def test_these_offices_do_nothing_before_they_have_an_app_or_a_passkey(town: Town, office: str) -> None:
    person: Inhabitant = getattr(town, office)
    visitor = opened(town, person, timedelta(0))
    for path in ("/", "/queue", "/account", "/admin", "/inbox"):
        assert visitor.get(path).location == "/account/factors", path
    assert visitor.submit("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 403
    page = visitor.get("/account/factors")
    assert "You hold an office with which a stranger could do much harm." in page.text
    assert faults_of(page, "en") == []
    assert 'href="/queue"' not in page.text
    assert visitor.submit("/account/language", {"language": "fr"}).status_code == 303
    assert visitor.submit("/account/app/begin").location == "/account/app"
    code = shown_at(begun_app(town.app, person))
    answer = visitor.submit("/account/app", {"code": code})
    assert (answer.status_code, answer.location) == (303, "/account/recovery-codes")
    assert visitor.get("/").status_code == 200
    assert visitor.submit("/sign-out").status_code == 303


def test_the_other_offices_work_with_a_mailed_code(town: Town) -> None:
    for name in ("president", "delegate", "reviewer", "member", "provincial", "staff", "parliament"):
        assert opened(town, getattr(town, name)).get("/").status_code == 200, name


def test_an_office_given_in_an_open_session_asks_from_that_minute_and_holds_what_was_typed(town: Town) -> None:
    case = file_obstacle(town.app, town.president)
    reviewer = opened(town, town.reviewer, timedelta(0))
    assert reviewer.get("/").status_code == 200
    with town.app.app_context(), transaction() as rows:
        rows.add(
            Mandate(
                person_id=town.reviewer.id, office=Office.REGIONAL_SECRETARY, place_code=REGION, starts_on=SINCE,
                created_at=datetime.now(UTC),
            )
        )  # fmt: skip
    assert reviewer.get("/").location == "/account/factors"
    words = "الاتفاقية جاهزة منذ يومين."
    answer = reviewer.submit(f"/obstacles/{case.reference}/comment", {"comment": words})
    assert answer.status_code == 403
    assert words in answer.text
    assert reviewer.submit(f"/obstacles/{case.reference}/comment", {"comment": words, "do": "keep"}).status_code == 401
    enrol_app(town.app, town.reviewer)
    assert reviewer.get("/").status_code == 200


def test_without_the_setting_nothing_is_asked_of_who_enrolled_nothing(town: Town) -> None:
    config = town.app.extensions["config"]
    town.app.extensions["config"] = replace(config, security=replace(config.security, asks_second_proof=False))
    admin = opened(town, town.admin)
    assert admin.get("/admin").status_code == 200
    assert admin.submit(SETTING, DELAY).status_code == 303
    enrol_app(town.app, town.admin)
    assert admin.submit(SETTING, DELAY).status_code == 401, "who enrolled something is asked for it everywhere"


def test_an_administrator_helps_who_lost_their_telephone(town: Town) -> None:
    totp = enrol_app(town.app, town.member)
    enrol_app(town.app, town.admin)
    member, admin = opened(town, town.member), opened(town, town.admin, timedelta(0))
    path = f"/admin/people/{town.member.id}"
    assert "Lost telephone" in admin.get(path).text
    assert admin.submit(f"{path}/reset-factors").status_code == 303
    assert member.get("/").status_code == 302, "every session ended"
    (letter,) = letters(town.app)
    assert letter["To"] == town.member.email
    assert letter["Subject"] == "Your app, passkeys and recovery codes were removed"
    assert "App, passkeys and codes removed by another" in admin.get("/admin/security").text
    visitor = Visitor(town.app)
    visitor.submit("/sign-in", {"email": town.member.email, "password": PASSWORD})
    assert visitor.submit("/sign-in/second", {"proof_code": shown_at(totp)}).status_code == 422
    assert visitor.submit("/sign-in/second", {"proof_code": mailed_code(town.app)}).status_code == 303


def test_nobody_removes_their_own_factors_here_nor_those_of_another_region(town: Town) -> None:
    enrol_app(town.app, town.admin)
    enrol_app(town.app, town.stranger)
    admin = opened(town, town.admin, timedelta(0))
    admin.submit(f"/admin/people/{town.admin.id}/reset-factors")
    assert "Nobody removes their own here" in admin.get(f"/admin/people/{town.admin.id}").text
    assert admin.submit(f"/admin/people/{town.stranger.id}/reset-factors").status_code == 404
    with town.app.app_context():
        assert all(session.ended_at is None for session in db.session.scalars(select(SignInSession)).all()), (
            "nothing happened"
        )


def test_a_proof_is_good_for_ten_minutes(town: Town) -> None:
    enrol_app(town.app, town.admin)
    assert opened(town, town.admin, PROVEN_FOR - timedelta(seconds=30)).submit(SETTING, DELAY).status_code == 303
    late = opened(town, town.admin, PROVEN_FOR)
    assert late.submit(SETTING, DELAY).status_code == 401
    assert re.search(r"autocomplete=\"one-time-code\"", late.submit(SETTING, DELAY).text)
