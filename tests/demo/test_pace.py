"""The pace of the demo's stories, whatever the day on which it is made: weekends, feasts, Ramadan, a new year."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

from escalation.demo.pace import Diary
from escalation.demo.paths import Scene
from escalation.demo.script import read_stories
from escalation.domain.calendar import LOCAL_ZONE, WorkingCalendar
from escalation.domain.codes import Level

CALENDAR = WorkingCalendar()
STORIES = read_stories()
DAYS = [date(2026, 1, 1) + timedelta(days=11 * n) for n in range(60)]
each_day = pytest.mark.parametrize("today", DAYS, ids=str)


@each_day
def test_scenes_follow_each_other_in_office_hours_before_today(today: date) -> None:
    diary = Diary(CALENDAR, today)
    for story in STORIES:
        local = [
            moment.astimezone(LOCAL_ZONE)
            for moment in diary.moments(story.scenes(Level.PROVINCE), story.age_days, Random(story.number))
        ]
        assert all(one < other for one, other in pairwise(local))
        assert all(CALENDAR.is_working_day(moment.date()) and moment.date() < today for moment in local)
        assert all((9, 0) <= (moment.hour, moment.minute) <= (17, 30) for moment in local)
        assert all(moment.second == moment.microsecond == 0 for moment in local)


@each_day
def test_nothing_awaited_has_lapsed(today: date) -> None:
    diary = Diary(CALENDAR, today)
    for story in STORIES:
        scenes = story.scenes(Level.PROVINCE)
        last_on = diary.moments(scenes, story.age_days, Random(story.number))[-1].astimezone(LOCAL_ZONE).date()
        if scenes[-1] in (Scene.ASK, Scene.RESOLVE):
            assert CALENDAR.add_working_days(last_on, 10) >= today


def test_a_story_whose_desk_is_the_regions_is_not_escalated() -> None:
    story = next(one for one in STORIES if one.path == "closed_region" and "escalate" in one.texts)
    at_province, at_region = story.scenes(Level.PROVINCE), story.scenes(Level.REGION)
    assert at_province.count(Scene.CLAIM) == 2
    assert Scene.ESCALATE not in at_region
    assert at_region.count(Scene.CLAIM) == 1
