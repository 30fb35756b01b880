"""Three lives walked to their end in Arabic on a telephone, and the most urgent case decided in three actions."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from escalation.domain.calendar import WorkingCalendar, local_day
from tests.browser.people import Walker
from tests.browser.stage import PHONE, Stage, sign_in

Scene = tuple[str, str, dict[str, str], str, str]
"""Who does what with which answers, and where the case stands after it."""

ACTIONS_TO_DECIDE = 3


def in_working_days(count: int) -> str:
    """Return a day to come as a form takes it."""
    today = local_day(datetime.now(UTC))
    return WorkingCalendar().add_working_days(today, count).isoformat()


@pytest.fixture
def walker(stage: Stage) -> Walker:
    """The people of a life, in Arabic, on telephones that run scripts."""
    return Walker(stage, "ar", PHONE, java_script_enabled=True)


def live(walker: Walker, case: str, scenes: list[Scene]) -> None:
    """Play a life scene by scene, and look at the page after each."""
    for who, action, answers, status, level in scenes:
        walker.act(who, case, action, **answers)
        walker.sees(who, status, level)


def test_a_water_connection_that_three_councils_must_sign(walker: Walker) -> None:
    """Waiting for a session and for two bodies at once, then a commitment with its date, which the commune confirms."""
    promised = in_working_days(30)
    case = walker.file(
        project_name="تزويد دوار عين الشكاك بالماء الصالح للشرب",
        obstacle_type="convention_unsigned",
        description="صادق مجلس الجماعة على الاتفاقية، وتنتظر توقيع مجلس الإقليم ومجلس الجهة والمكتب الوطني.",
        request="عرض الاتفاقية على أول دورة وتوقيعها.",
    )
    live(
        walker,
        case,
        [
            ("reviewer", "claim", {}, "in_review", "province"),
            (
                "reviewer", "refer-out",
                {"session": "province", "expected_on": in_working_days(20), "reason": "المصادقة في دورة يناير."},
                "referred_out", "province",
            ),
            (
                "reviewer", "refer-out",
                {"body": "ONEE", "expected_on": in_working_days(15), "reason": "توقيع المكتب على الاتفاقية."},
                "referred_out", "province",
            ),
            (
                "reviewer", "refer-out",
                {"session": "region", "expected_on": in_working_days(40), "reason": "مصادقة مجلس الجهة."},
                "referred_out", "province",
            ),
            ("reviewer", "record-reply", {"approach": "2", "reply": "وقع المكتب."}, "referred_out", "province"),
            ("coordinator", "record-reply", {"approach": "1", "reply": "صودق عليها."}, "referred_out", "province"),
            ("reviewer", "record-reply", {"approach": "3", "reply": "أدرجت في مارس."}, "in_review", "province"),
            (
                "reviewer", "resolve",
                {
                    "outcome": "commitment", "resolution": "التزم مجلس الجهة بالتوقيع.",
                    "commitment_who": "مجلس الجهة", "commitment_what": "توقيع الاتفاقية", "commitment_by": promised,
                },
                "resolved", "province",
            ),
            ("president", "confirm", {}, "closed", "province"),
        ],
    )  # fmt: skip
    story = walker.page_of("president").locator(".timeline").inner_text()
    for words in ("وقع المكتب.", "صودق عليها.", "أدرجت في مارس.", "مجلس الجهة"):
        assert words in story


def test_road_works_stopped_on_a_regional_agencys_project(walker: Walker) -> None:
    """Escalated, contested once, marked for the special meeting, resolved and confirmed."""
    case = walker.file(
        project_name="تقوية الطريق بين بوهودة والطريق الجهوية",
        obstacle_type="works_stopped",
        description="توقفت الأشغال في يونيو بعد إنجاز ثلث المقطع، والمشروع لدى الوكالة الجهوية لتنفيذ المشاريع.",
        request="استئناف الأشغال قبل موسم الأمطار.",
    )
    solution = {"outcome": "removed", "resolution": "أعطي الأمر باستئناف الأشغال."}
    live(
        walker,
        case,
        [
            ("coordinator", "escalate", {"reason": "المشروع لدى وكالة جهوية."}, "filed", "region"),
            ("member", "claim", {}, "in_review", "region"),
            ("member", "resolve", solution, "resolved", "region"),
            ("president", "contest", {"reason": "لا أثر لأي آلية في الورش."}, "filed", "region"),
        ],
    )
    assert "الاجتماع" in walker.page_of("president").locator("main").inner_text()
    live(
        walker,
        case,
        [
            ("chair", "claim", {}, "in_review", "region"),
            ("chair", "resolve", solution | {"evidence": "محضر استئناف الأشغال."}, "resolved", "region"),
        ],
    )
    page = walker.page_of("president")
    page.goto(walker.stage.url(case))
    assert page.locator('.state a[href$="/contest"]').count() == 0
    live(walker, case, [("president", "confirm", {}, "closed", "region")])


def test_school_transport_money_that_the_province_council_promised(walker: Walker) -> None:
    """Escalated, sent back once, declined, appealed, resolved."""
    case = walker.file(
        project_name="اقتناء حافلتين للنقل المدرسي",
        obstacle_type="partner_share_unpaid",
        description="وعد مجلس الإقليم بتحويل حصته قبل الدخول المدرسي، ولم يصل التحويل بعد.",
        request="تحويل حصة مجلس الإقليم.",
    )
    live(
        walker,
        case,
        [
            ("reviewer", "escalate", {"reason": "لم نتوصل بجواب."}, "filed", "region"),
            ("chair", "send-back", {"reason": "النقل المدرسي من اختصاص مجلس الإقليم."}, "filed", "province"),
            ("reviewer", "claim", {}, "in_review", "province"),
            (
                "coordinator", "decline",
                {"ground": "already_answered", "reason": "أجيب عن الطلب في دورة شتنبر."},
                "declined", "province",
            ),
            ("president", "appeal", {"reason": "الجواب لم يتضمن أي تحويل."}, "filed", "region"),
            ("member", "claim", {}, "in_review", "region"),
        ],
    )  # fmt: skip
    page = walker.page_of("chair")
    page.goto(walker.stage.url(case))
    assert page.locator('[href$="/send-back"]').count() == 0, "what came by appeal does not go back"
    solution = {"outcome": "removed", "resolution": "تم التحويل.", "evidence": "أمر بالتحويل رقم 14."}
    live(walker, case, [("member", "resolve", solution, "resolved", "region")])
    live(walker, case, [("president", "confirm", {}, "closed", "region")])


@pytest.mark.parametrize("who", ["reviewer", "coordinator", "chair"])
def test_the_most_urgent_case_is_decided_in_three_actions_after_a_fresh_sign_in(stage: Stage, who: str) -> None:
    """Open the case that stands first, open its decision, send it: the words typed are not counted."""
    page = stage.page(None, viewport=PHONE)
    page.goto(stage.url("/sign-in", "ar"))
    sign_in(page, who)
    actions = 0
    page.locator("main ol.queue a").first.click()
    page.wait_for_load_state()
    actions += 1
    reference = page.locator("main").get_attribute("data-reference")
    story = page.locator("ol.timeline > li")
    told_before = story.count()
    # What notes a reply may stand first, and decides nothing: a decision is what is looked for.
    decision = page.locator(".state").locator("a[href*='/resolve'], a[href*='/escalate']").locator("visible=true")
    if decision.count():
        decision.first.click()
        page.wait_for_load_state()
        actions += 1
        for question in page.locator("main form[novalidate] textarea").all():
            question.fill("قرار الخلية")
        choices = page.locator("main form[novalidate] input[type=radio]")
        if choices.count():
            choices.first.check()
        page.locator("main form[novalidate] .stick button").click()
    else:
        page.locator(".state form button:visible").first.click()
    actions += 1
    page.goto(stage.url(f"/obstacles/{reference}"))
    assert story.count() > told_before
    assert actions <= ACTIONS_TO_DECIDE


def test_a_decision_is_taken_back_within_its_seconds(walker: Walker) -> None:
    """The toast after a decision offers to undo it; the case stands as before, and nobody is told."""
    case = walker.file()
    page = walker.page_of("reviewer")
    walker.act("reviewer", case, "escalate", reason="اختصاص الجهة.")
    page.locator('form[action$="/undo"] button').click()
    page.wait_for_url(re.compile(re.escape(case)))
    walker.sees("reviewer", "filed", "province")
    page.goto(walker.stage.url("/mailbox"))
    reference = case.rsplit("/", 1)[1]
    assert page.locator(f'[data-reference="{reference}"][data-event="obstacle_escalated"]').count() == 0
