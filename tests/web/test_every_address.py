"""Who gets what at every address: each rule of the application against each kind of person; a new rule needs a row."""

import re

import pytest
from flask import Flask

from tests.factories import Filed, Town, file_obstacle, save_draft
from tests.visitor import Visitor
from tests.web.conftest import As

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

WHO = (
    "anonymous",
    "president",
    "president2",
    "president3",
    "reviewer",
    "reviewer3",
    "member",
    "stranger",
    "admin",
    "nobody",
)

# One row a rule and method: what each of WHO gets, in that order, for a case and a draft of `president`'s commune that
# stands at the province's desk. Those signed out are led to sign in, and
# what they sent is held for them; what is outside one's territory is not there.
# fmt: off
EXPECTED: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/assets/<string:digest>/app.css"):         (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/assets/<string:digest>/work.css"):        (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/assets/<string:digest>/app.js"):          (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/assets/<string:digest>/form.js"):         (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/healthz/live"):                           (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/healthz/ready"):                          (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/sign-in"):                                (200, 302, 302, 302, 302, 302, 302, 302, 302, 302),
    ("POST", "/sign-in"):                               (422, 422, 422, 422, 422, 422, 422, 422, 422, 422),
    ("POST", "/sign-out"):                              (303, 303, 303, 303, 303, 303, 303, 303, 303, 303),
    ("GET", "/"):                                       (302, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/obstacles"):                              (302, 200, 200, 200, 200, 200, 200, 200, 403, 403),
    ("GET", "/queue"):                                  (302, 403, 403, 403, 200, 200, 200, 200, 403, 403),
    ("GET", "/inbox"):                                  (302, 200, 200, 200, 200, 200, 200, 200, 200, 403),
    ("POST", "/inbox/read"):                            (401, 303, 303, 303, 303, 303, 303, 303, 303, 403),
    ("GET", "/account"):                                (302, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("POST", "/account/language"):                      (401, 303, 303, 303, 303, 303, 303, 303, 303, 303),
    ("GET", "/invitation/<token:token>"):               (410, 410, 410, 410, 410, 410, 410, 410, 410, 410),
    ("POST", "/invitation/<token:token>"):              (410, 410, 410, 410, 410, 410, 410, 410, 410, 410),
    ("GET", "/password"):                               (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("POST", "/password"):                              (422, 422, 422, 422, 422, 422, 422, 422, 422, 422),
    ("GET", "/password/sent"):                          (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("GET", "/password/<token:token>"):                 (410, 410, 410, 410, 410, 410, 410, 410, 410, 410),
    ("POST", "/password/<token:token>"):                (410, 410, 410, 410, 410, 410, 410, 410, 410, 410),
    ("POST", "/account/password"):                      (401, 422, 422, 422, 422, 422, 422, 422, 422, 422),
    ("POST", "/account/sessions/<int(max=2147483647):session_id>/end"):
                                                        (401, 303, 303, 303, 303, 303, 303, 303, 303, 303),
    ("POST", "/account/sessions/end-others"):           (401, 303, 303, 303, 303, 303, 303, 303, 303, 303),
    ("GET", "/admin"):                                  (302, 403, 403, 403, 403, 403, 403, 403, 200, 403),
    ("GET", "/admin/people/<int(max=2147483647):person_id>"):
                                                        (302, 403, 403, 403, 403, 403, 403, 403, 200, 403),
    ("POST", "/admin/people/<int(max=2147483647):person_id>"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 422, 403),
    ("POST", "/admin/people/<int(max=2147483647):person_id>/suspend"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 303, 403),
    ("POST", "/admin/people/<int(max=2147483647):person_id>/restore"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 303, 403),
    ("POST", "/admin/mandates/<int(max=2147483647):mandate_id>/end"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 422, 403),
    ("GET", "/admin/invitations/new"):                  (302, 403, 403, 403, 403, 403, 403, 403, 200, 403),
    ("POST", "/admin/invitations/new"):                 (401, 403, 403, 403, 403, 403, 403, 403, 422, 403),
    ("POST", "/admin/invitations/<int(max=2147483647):invitation_id>/<any(resend, revoke, approve):act>"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 404, 403),
    ("GET", "/admin/security"):                         (302, 403, 403, 403, 403, 403, 403, 403, 200, 403),
    ("GET", "/admin/settings"):                         (302, 403, 403, 403, 403, 403, 403, 403, 200, 403),
    ("POST", "/admin/settings/<string(maxlength=40):key>"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 422, 403),
    ("GET", "/obstacles/<reference:reference>"):        (302, 200, 404, 404, 200, 404, 404, 404, 404, 404),
    ("GET", "/obstacles/<reference:reference>/receipt"):(302, 200, 404, 404, 200, 404, 404, 404, 404, 404),
    ("GET", "/obstacles/<reference:reference>/<action:action>"):
                                                        (302, 403, 404, 404, 200, 404, 404, 404, 404, 404),
    ("POST", "/obstacles/<reference:reference>/<action:action>"):
                                                        (401, 403, 404, 404, 303, 404, 404, 404, 404, 404),
    ("POST", "/obstacles/<reference:reference>/undo"):  (401, 403, 404, 404, 403, 404, 404, 404, 404, 404),
    ("GET", "/obstacles/<reference:reference>/<remark:remark>"):
                                                        (302, 403, 404, 404, 200, 404, 404, 404, 404, 404),
    ("POST", "/obstacles/<reference:reference>/<remark:remark>"):
                                                        (401, 403, 404, 404, 422, 404, 404, 404, 404, 404),
    ("GET", "/obstacles/<reference:reference>/amend"):  (302, 200, 404, 404, 403, 404, 404, 404, 404, 404),
    ("POST", "/obstacles/<reference:reference>/amend"): (401, 422, 404, 404, 403, 404, 404, 404, 404, 404),
    ("GET", "/obstacles/new"):                          (302, 200, 200, 200, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/new"):                         (401, 422, 422, 422, 403, 403, 403, 403, 403, 403),
    ("GET", "/obstacles/drafts/<int(max=2147483647):draft_id>"):
                                                        (302, 200, 404, 404, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/drafts/<int(max=2147483647):draft_id>"):
                                                        (401, 422, 409, 409, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/drafts/<int(max=2147483647):draft_id>/discard"):
                                                        (401, 303, 404, 404, 403, 403, 403, 403, 403, 403),
    # For the staff of a secretariat, who are none of WHO: what they get is in test_capture.py and test_imports.py.
    ("GET", "/obstacles/capture"):                      (302, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/capture"):                     (401, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/obstacles/capture/<uuid:form_key>"):      (302, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/obstacles/import"):                       (302, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/import"):                      (401, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/obstacles/import/template.csv"):          (302, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/obstacles/import/template.xlsx"):         (302, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("GET", "/obstacles/imports/<int(max=2147483647):import_id>"):
                                                        (302, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/imports/<int(max=2147483647):import_id>/accept"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 403, 403),
    ("POST", "/obstacles/imports/<int(max=2147483647):import_id>/discard"):
                                                        (401, 403, 403, 403, 403, 403, 403, 403, 403, 403),
}
# fmt: on
MADE_ANEW = re.compile(r'(?:csrf_token" value|data-now)="[^"]*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
LEADS_BACK = {"/obstacles/<reference:reference>/undo"}
"""What is refused here leads those who may read the case back to it."""
SENT = {"/account/language": {"language": "en"}}


def rules_of(app: Flask) -> set[tuple[str, str]]:
    """Return every rule with each method that does something."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_rule_has_a_row_and_every_row_a_rule(app: Flask) -> None:
    missing = rules_of(app) - set(EXPECTED)
    assert not missing, f"Say in EXPECTED who gets what here: {sorted(missing)}"
    gone = set(EXPECTED) - rules_of(app)
    assert not gone, f"Take these rows out of EXPECTED: {sorted(gone)}"


@pytest.mark.parametrize(("method", "rule"), EXPECTED)
def test_each_person_gets_what_is_theirs(town: Town, as_person: As, method: str, rule: str) -> None:
    got = {}
    for name in WHO:
        case = file_obstacle(town.app, town.president)
        draft = save_draft(town.app, town.president)
        visitor = Visitor(town.app) if name == "anonymous" else as_person(name)
        path = path_of(town.app, rule, case, draft)
        answer = visitor.get(path) if method == "GET" else visitor.submit(path, SENT.get(rule))
        got[name] = answer.status_code
        if name == "anonymous" and 302 <= answer.status_code <= 303:
            assert str(answer.location).startswith("/sign-in")
        if answer.status_code == 404 or (answer.status_code == 403 and rule not in LEADS_BACK):
            assert str(case.reference) not in answer.text.replace(path, ""), "a refusal tells nothing of the case"
    assert got == dict(zip(WHO, EXPECTED[method, rule], strict=True))


def path_of(app: Flask, rule: str, case: Filed, draft: Filed) -> str:
    """Return an address of this rule, of the town's case or draft."""
    digests = {name: bundle.digest for name, bundle in app.extensions["assets"].items()}
    path = rule.replace("<string:digest>", digests.get(rule.rsplit("/", 1)[1], ""))
    path = path.replace("<reference:reference>", str(case.reference))
    path = path.replace("<int(max=2147483647):draft_id>", str(draft.id))
    path = path.replace("<uuid:form_key>", "00000000-0000-4000-8000-000000000001")
    path = path.replace("<int(max=2147483647):import_id>", "1")
    for number in ("person_id", "mandate_id", "invitation_id"):
        path = path.replace(f"<int(max=2147483647):{number}>", "1")
    path = path.replace("<any(resend, revoke, approve):act>", "revoke")
    path = path.replace("<string(maxlength=40):key>", "confirm_days")
    path = path.replace("<int(max=2147483647):session_id>", "1").replace("<token:token>", "A" * 43)
    return path.replace("<action:action>", "claim").replace("<remark:remark>", "note")


@pytest.mark.parametrize(("method", "rule"), [row for row in EXPECTED if "<" in row[1] and "digest" not in row[1]])
def test_what_is_not_there_looks_like_what_is_not_mine(town: Town, as_person: As, method: str, rule: str) -> None:
    case, draft = file_obstacle(town.app, town.president), save_draft(town.app, town.president)
    visitor = as_person("president2")
    pages = []
    for there in ((case, draft), (Filed(0, "OBS-2026-99999", 1), Filed(987654, None, 1))):
        path = path_of(town.app, rule, *there)
        answer = visitor.get(path) if method == "GET" else visitor.submit(path)
        assert answer.status_code == EXPECTED[method, rule][WHO.index("president2")]
        pages.append(MADE_ANEW.sub("", answer.text.replace(path, "")))
    assert pages[0] == pages[1]
