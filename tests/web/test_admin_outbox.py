"""The mails as an administrator looks after them: found, sent again, cancelled, with a second proof; never a body."""

import re

import pytest
from sqlalchemy import select, update

from escalation.domain.account_codes import SecurityEventKind
from escalation.domain.codes import MessageChannel, MessageStatus
from escalation.extensions import db
from escalation.models.doors import SecurityEvent
from escalation.models.outbox import OutboxMessage
from tests.factories import Town, file_obstacle
from tests.queries_counter import counting_queries, engine_of
from tests.web.audit import faults_of
from tests.web.conftest import As

PAGE = "/admin/outbox"
SECRET = "انتهت الأشغال وينتظر الجميع"


def stand(town: Town, status: MessageStatus, reason: str = "", **more: object) -> OutboxMessage:
    """File a case and let the mail to its president stand somewhere; return the mail."""
    file_obstacle(town.app, town.president, description=SECRET)
    with town.app.app_context():
        query = select(OutboxMessage).filter_by(recipient_id=town.president.id, channel=MessageChannel.EMAIL)
        message = db.session.scalars(query.order_by(OutboxMessage.id.desc())).first()
        assert message is not None
        message.status, message.status_reason = status, reason
        for name, value in more.items():
            setattr(message, name, value)
        db.session.commit()
        db.session.refresh(message)
        return message


def row(town: Town, message: OutboxMessage) -> OutboxMessage:
    with town.app.app_context():
        return db.session.get_one(OutboxMessage, message.id)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_it_shows_how_a_mail_fares_and_never_what_it_says(town: Town, as_person: As, language: str) -> None:
    failed = stand(town, MessageStatus.FAILED, "address: rcpt 550")
    answer = as_person("admin").get(f"{PAGE}?lang={language}")
    assert not faults_of(answer, language)
    page = answer.text
    assert failed.facts["reference"] in page
    assert "rcpt 550" in page
    assert "example.test" in page
    assert SECRET not in page
    assert failed.facts["project"] not in page
    assert town.president.email not in page


def test_mails_are_found_by_state_age_lane_fault_reference_person_and_domain(town: Town, as_person: As) -> None:
    refused = stand(town, MessageStatus.FAILED, "address: rcpt 550")
    aside = stand(town, MessageStatus.QUARANTINED, "crashed", lane="interactive")
    sent = stand(town, MessageStatus.SENT)
    with town.app.app_context():
        own = OutboxMessage.id == refused.id
        db.session.execute(update(OutboxMessage).where(own).values(due_ms=OutboxMessage.due_ms - 4_000_000))
        db.session.commit()
    admin = as_person("admin")
    names = {message.facts["reference"]: message for message in (refused, aside, sent)}
    president = "q=president%40example.test&status="

    def found(asked: str) -> set[str]:
        page = admin.get(f"{PAGE}?{asked}").text
        items = re.findall(r"<li>.*?</li>", page.partition('class="rows"')[2], flags=re.DOTALL)
        mine = [item for item in items if f'/people/{town.president.id}"' in item]
        return {reference for item in mine for reference in names if reference in item}

    first, second, third = names
    assert found("") == {first, second}
    assert found("status=any") == {first, second, third}
    assert found("status=sent") == {third}
    assert found("status=failed&fault=address") == {first}
    assert found("fault=crashed") == {second}
    assert found("lane=interactive") == {second}
    assert found("older=1-hour") == {first}
    assert found(f"q={third}") == {third}
    assert found(president + "any") == {first, second, third}
    assert found("q=%40example.test&status=failed") == {first}
    assert found("q=%40elsewhere.test") == set()
    assert found("status=none&lane=x&fault=y&older=z&after=-1") == {first, second}


def test_a_mail_is_sent_again_or_cancelled_and_who_did_it_is_noted(town: Town, as_person: As) -> None:
    failed, aside = stand(town, MessageStatus.FAILED, "address: rcpt 550"), stand(town, MessageStatus.QUARANTINED)
    admin = as_person("admin")
    assert admin.submit(f"{PAGE}/{failed.id}/retry").status_code == 303
    assert admin.submit(f"{PAGE}/{aside.id}/cancel").status_code == 303
    assert row(town, failed).status is MessageStatus.QUEUED
    assert (row(town, aside).status, row(town, aside).status_reason) == (MessageStatus.SKIPPED, "cancelled")
    assert admin.submit(f"{PAGE}/{aside.id}/cancel").status_code == 303
    assert "can no longer be cancelled" in admin.get(PAGE).text
    with town.app.app_context():
        noted = db.session.scalars(select(SecurityEvent).order_by(SecurityEvent.id)).all()
        kinds = [(one.kind, one.person_id, one.by_id, one.codes["message"]) for one in noted if "message" in one.codes]
    assert kinds == [
        (SecurityEventKind.MESSAGE_RETRIED, town.president.id, town.admin.id, failed.id),
        (SecurityEventKind.MESSAGE_CANCELLED, town.president.id, town.admin.id, aside.id),
    ]


def test_an_act_leads_back_to_the_mails_that_were_looked_for(town: Town, as_person: As) -> None:
    failed = stand(town, MessageStatus.FAILED, "address: rcpt 550")
    admin = as_person("admin")
    (address,) = re.findall(r'action="([^"]*/retry[^"]*)"', admin.get(f"{PAGE}?status=failed&fault=address").text)
    assert address == f"{PAGE}/{failed.id}/retry?status=failed&amp;fault=address"
    assert admin.submit(address.replace("&amp;", "&")).location == f"{PAGE}?status=failed&fault=address"


def test_only_administrators_of_the_region_reach_it(town: Town, as_person: As) -> None:
    failed = stand(town, MessageStatus.FAILED)
    assert as_person("secretary").get(PAGE).status_code == 403
    assert as_person("president").submit(f"{PAGE}/{failed.id}/retry").status_code == 403
    with town.app.app_context():
        values = {"recipient_id": town.stranger.id}
        db.session.execute(update(OutboxMessage).where(OutboxMessage.id == failed.id).values(**values))
        db.session.commit()
    assert as_person("admin").submit(f"{PAGE}/{failed.id}/retry").status_code == 404
    assert row(town, failed).status is MessageStatus.FAILED


def test_pages_follow_each_other_and_cost_a_fixed_number_of_queries(town: Town, as_person: As) -> None:
    failed = stand(town, MessageStatus.FAILED)
    admin, counts = as_person("admin"), []
    for count in (2, 60):
        with town.app.app_context():
            columns = {c.key: getattr(failed, c.key) for c in OutboxMessage.__table__.columns if c.key != "id"}
            for number in range(count):
                own = {"source_id": count * 1000 + number, "message_id": f"<m{count}.{number}@x>"}
                db.session.add(OutboxMessage(**columns | own))
            db.session.commit()
        admin.get(PAGE)
        with counting_queries(engine_of(town.app)) as statements:
            page = admin.get(PAGE).text
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert page.count("/retry") == 50
    following = re.search(r'href="(/admin/outbox\?[^"]*after=[0-9]+)"', page)
    assert following is not None
    assert 0 < admin.get(following.group(1).replace("&amp;", "&")).text.count("/retry") < 50


def test_the_pages_of_the_administration_say_when_messages_are_late_and_ready_too(town: Town, as_person: As) -> None:
    admin = as_person("admin")
    waiting = stand(town, MessageStatus.QUEUED)
    assert "Messages are late" not in admin.get("/admin").text
    assert town.app.test_client().get("/healthz/ready").json["outbox"] == "ok"  # type: ignore[index]
    with town.app.app_context():
        own = OutboxMessage.id == waiting.id
        db.session.execute(update(OutboxMessage).where(own).values(due_ms=OutboxMessage.due_ms - 420_000))
        db.session.commit()
    assert "Messages are late: the oldest has been due for 7 minutes." in admin.get("/admin").text
    ready = town.app.test_client().get("/healthz/ready").json
    assert ready is not None
    assert (ready["outbox"], ready["oldest_unsent_age_s"] // 60) == ("late", 7)


def test_an_address_that_is_gone_is_not_written_to_again(town: Town, as_person: As) -> None:
    gone = stand(town, MessageStatus.FAILED, address="")
    page = as_person("admin").get(PAGE).text
    assert f"{PAGE}/{gone.id}/retry" not in page
    as_person("admin").submit(f"{PAGE}/{gone.id}/retry")
    assert row(town, gone).status is MessageStatus.FAILED
