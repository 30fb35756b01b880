"""An administrator words the mails: what is owed afterwards says it so, what was owed before does not."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from sqlalchemy import select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import Language, MessageChannel
from escalation.domain.wordings import ADAPTABLE, DEFAULT
from escalation.extensions import db
from escalation.mail.placeholders import NAMES
from escalation.models.doors import SecurityEvent
from escalation.models.outbox import OutboxMessage
from escalation.models.wordings import MailWording
from escalation.queries.messages.wordings import Mail
from escalation.services.messages import wordings
from escalation.services.messages.channels import CHANNELS
from escalation.services.messages.claims import Claimed, claim_due
from escalation.services.messages.wordings import Editor, StaleWording
from escalation.web.admin.wording_words import SITUATIONS
from tests.factories import Town, file_obstacle
from tests.queries_counter import counting_queries, engine_of
from tests.web.conftest import As
from tests.web.forms import errors_of, fields_of

NOW = datetime.now(UTC)
PAGE = "/admin/wordings/obstacle_filed.desk.ar"
OURS = {
    "subject": "ملف جديد من جماعة {الجماعة}",
    "body": "{تحية البداية}\n\nوصلكم ملف، {المرجع}.\n\n{سطر الملف}\n\n{الرابط}",
    "situation": "province",
    "seen": "1",
}
ENGLISH = "/admin/wordings/obstacle_filed.desk.en"
THEIRS = OURS | {
    "subject": "New from {commune}",
    "body": "{greeting}\n\nA case has come, {reference}.\n\n{case line}\n\n{link}",
}
"""In the language of the town's people."""


def rows(town: Town) -> list[MailWording]:
    """Return every version that was saved."""
    with town.app.app_context():
        return list(db.session.scalars(select(MailWording).order_by(MailWording.id)))


def owed_to_desk(town: Town) -> dict[str, Claimed]:
    """Claim what is due, and return the mails to the desk by their cases."""
    found: dict[str, Claimed] = {}
    with town.app.app_context():
        for _ in range(10):
            for claimed in claim_due(50):
                if claimed.channel is MessageChannel.EMAIL and (claimed.event, claimed.audience) == (
                    "obstacle_filed",
                    "desk",
                ):
                    found[claimed.facts["reference"]] = claimed
    return found


def written(town: Town, claimed: Claimed) -> str:
    """Return the bytes of a mail as its channel writes them, for a look."""
    content = CHANNELS[MessageChannel.EMAIL](town.app.extensions["config"]).write(claimed)
    part = message_from_bytes(content, policy=SMTP).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_words_are_tried_saved_and_said_from_then_on(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    before = file_obstacle(town.app, town.president)
    seen = admin.submit(PAGE, OURS | {"do": "preview"})
    assert seen.status_code == 200
    assert "وصلكم ملف" in seen.text
    assert "\u2066OBS-2026-00042\u2069" in seen.text
    assert rows(town) == [], "looking saves nothing"
    assert admin.submit(ENGLISH, THEIRS | {"do": "save"}).status_code == 303
    (row,) = rows(town)
    assert (row.version, row.subject, row.set_by_id) == (2, "New from {commune}", town.admin.id)
    assert "{ref}" in str(row.body)
    after = file_obstacle(town.app, town.president)
    owed = owed_to_desk(town)
    assert [owed[case.reference or ""].template_version for case in (before, after)] == [1, 2]
    with town.app.app_context():
        assert "A case has come" not in written(town, owed[before.reference or ""])
        first = CHANNELS[MessageChannel.EMAIL](town.app.extensions["config"]).write(owed[after.reference or ""])
        assert f"A case has come, \u2066{after.reference}\u2069." in written(town, owed[after.reference or ""])
        wordings.save_wording(Mail("obstacle_filed", "desk", Language.EN), DEFAULT, Editor(town.admin.id, NOW, 2))
        again = CHANNELS[MessageChannel.EMAIL](town.app.extensions["config"]).write(owed[after.reference or ""])
        assert again == first, "an attempt says what its first one said"
        kinds = db.session.scalars(select(SecurityEvent.kind)).all()
    assert kinds.count(SecurityEventKind.WORDING_CHANGED) == 2


def test_the_usual_words_come_back_and_the_history_stays(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, OURS | {"do": "save"})
    page = admin.get(PAGE).text
    assert "وصلكم ملف" in page
    assert "{تحية البداية}" in page
    assert admin.submit(f"{PAGE}/usual", {"seen": "2"}).status_code == 303
    assert [(row.version, row.body is None) for row in rows(town)] == [(2, False), (3, True)]
    case = file_obstacle(town.app, town.president)
    assert owed_to_desk(town)[case.reference or ""].template_version == 1
    page = admin.get(PAGE).text
    assert "The usual words" in page
    assert "وصلكم ملف" not in page
    assert "وصلكم ملف" in admin.get(f"{PAGE}?version=2").text
    assert admin.get(f"{PAGE}?version=99").status_code == 200


@pytest.mark.parametrize("do", ["save", "preview", "mail"])
@pytest.mark.parametrize(
    "wrong",
    [
        ("body", "{تحية البداية", "a brace has no other"),
        ("body", "لا رابط", "The link to the case is missing"),
        ("body", "{الرابطة}\n{الرابط}", "Did you mean"),
        ("body", "{title}\n{الرابط}", "There is no placeholder"),
        ("body", "{{ ''.__class__ }}\n{الرابط}", "a brace has no other"),
        ("body", "<script>x</script>\n{الرابط}", "no HTML can stand here"),
        ("body", "https://else.example\n{الرابط}", "a mail has one link"),
        ("body", "ط" * 2100 + "\n{الرابط}", "shorten it to 2000"),
        ("body", "", "put the usual ones back"),
        ("subject", "ط" * 200, "shorten it to 120"),
        ("subject", "{الرابط}", "cannot stand in a subject"),
        ("subject", "", "put the usual ones back"),
    ],
)
def test_what_would_break_a_mail_is_named_and_nothing_is_lost(
    town: Town, as_person: As, do: str, wrong: tuple[str, str, str]
) -> None:
    field, value, said = wrong
    answer = as_person("admin").submit(PAGE, OURS | {field: value, "do": do})
    assert answer.status_code == 422
    assert said in errors_of(answer.text)[field]
    kept = fields_of(answer.text)
    assert {name: kept[name].replace("\r\n", "\n").strip() for name in ("subject", "body")} == {
        name: (OURS | {field: value})[name] for name in ("subject", "body")
    }
    assert rows(town) == []


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fr", "ltr")])
def test_words_are_written_in_the_direction_of_their_own_language(as_person: As, language: str, direction: str) -> None:
    page = as_person("admin").get(f"/admin/wordings/obstacle_filed.desk.{language}?lang=en").text
    assert '<html lang="en" dir="ltr"' in page
    for tag in re.findall(r'<(?:input|textarea)[^>]* name="(?:subject|body)"[^>]*>', page):
        assert f'dir="{direction}"' in tag, tag


def test_two_who_change_the_same_words_do_not_undo_each_other(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, OURS | {"do": "save"})
    late = admin.submit(PAGE, OURS | {"subject": "آخر", "do": "save"})
    assert late.status_code == 409
    assert "Somebody else changed these words meanwhile" in late.text
    sent = fields_of(late.text)
    assert (sent["subject"], sent["seen"]) == ("آخر", "2")
    assert admin.submit(PAGE, sent | {"do": "save"}).status_code == 303
    assert len(rows(town)) == 2
    assert admin.submit(f"{PAGE}/usual", {"seen": "2"}).status_code == 303
    assert len(rows(town)) == 2, "a page of before resets nothing"
    with town.app.app_context(), pytest.raises(StaleWording):
        wordings.reset_wording(Mail("obstacle_filed", "desk", Language.AR), Editor(town.admin.id, NOW, 1))


def test_the_mail_is_shown_as_a_mail_program_does_and_nothing_in_it_runs(town: Town, as_person: As) -> None:
    answer = as_person("admin").submit(PAGE, OURS | {"do": "mail"})
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert 'dir="rtl"' in answer.text
    assert "OBS-2026-00042" in answer.text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("event", list(ADAPTABLE))
def test_every_mail_has_its_page_and_every_situation_a_look(
    town: Town, as_person: As, event: str, language: Language
) -> None:
    admin = as_person("admin")
    for audience in ADAPTABLE[event]:
        page = f"/admin/wordings/{event}.{audience}.{language}"
        shown = admin.get(page)
        assert shown.status_code == 200
        sent = fields_of(shown.text)
        for situation in re.findall(r'<option[^>]* value="(\w+)"', shown.text):
            seen = admin.submit(page, sent | {"situation": situation, "do": "preview"})
            assert seen.status_code == 200, situation
            assert "The mail about a made-up case" in seen.text
            assert f"{{{NAMES[language]['link']}}}" in seen.text  # type: ignore[index]


def test_what_is_no_mail_has_no_page(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    for path in (
        "account_invited.account.ar",
        "obstacle_filed.staff.ar",
        "obstacle_filed.desk.de",
        "x.desk.ar",
        "x",
        ".",
    ):
        assert admin.get(f"/admin/wordings/{path}").status_code == 404
    assert admin.submit("/admin/wordings/account_invited.account.ar", OURS | {"do": "save"}).status_code == 404
    assert as_person("president").get(PAGE).status_code == 403


def test_pages_and_letters_ask_little(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    admin.submit(PAGE, OURS | {"do": "save"})
    admin.submit(ENGLISH, THEIRS | {"do": "save"})
    admin.get(PAGE)
    counts: dict[str, int] = {}
    for path in ("/admin/wordings", PAGE):
        with counting_queries(engine_of(town.app)) as queries:
            admin.get(path)
        counts[path] = len(queries)
    assert counts == {"/admin/wordings": 6, PAGE: 4}, "the list stands below the alarms of the administration"
    for _ in range(3):
        file_obstacle(town.app, town.president)
    owed = list(owed_to_desk(town).values())
    with town.app.app_context():
        carrier = CHANNELS[MessageChannel.EMAIL](town.app.extensions["config"])
        with counting_queries(engine_of(town.app)) as queries:
            for claimed in owed:
                carrier.write(claimed)
    assert len(queries) == 1, "words are read once, not for each letter"
    assert len(owed) == 3


def test_a_letter_whose_words_are_gone_is_put_aside(town: Town) -> None:
    case = file_obstacle(town.app, town.president)
    with town.app.app_context():
        db.session.execute(update(OutboxMessage).values(template_version=7))
        db.session.commit()
    claimed = owed_to_desk(town)[case.reference or ""]
    with town.app.app_context(), pytest.raises(ValueError, match="version 7 of its words is gone"):
        CHANNELS[MessageChannel.EMAIL](town.app.extensions["config"]).write(claimed)


def test_every_situation_has_its_words(town: Town) -> None:
    with town.app.test_request_context():
        assert all(str(words) for words in SITUATIONS.values())
