"""The demo's people and stories as their files tell them."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from escalation.demo.paths import PATHS, TOLD_OR_LEFT_OUT, Scene
from escalation.domain.codes import Language, Level, Office, Urgency
from escalation.domain.content import Content

HERE = Path(__file__).resolve().parent
DAYS_A_MONTH = 30


@dataclass(frozen=True)
class Seat:
    """An office at a place."""

    office: Office
    place_code: str


@dataclass(frozen=True)
class Player:
    """One person of the demo."""

    email: str
    name_ar: str
    name_fr: str
    language: Language
    seats: tuple[Seat, ...]
    may_file: bool


@dataclass(frozen=True)
class Story:
    """One obstacle of the demo: what it is, how old, how far it came, and what people wrote on the way."""

    number: int
    path: str
    age_days: int
    language: Language
    commune_code: str
    texts: Mapping[str, Any]
    told: Mapping[str, Any] = field(repr=False)
    """The file's own entry."""

    @property
    def province_code(self) -> str:
        """The code of the commune's province: the first two parts of its own."""
        return ".".join(self.commune_code.split(".")[:2])

    def scenes(self, first_desk: Level) -> tuple[Scene, ...]:
        """Return what happens, in order; at a desk of the region nothing is escalated, nor claimed twice."""
        path = PATHS[self.path]
        if Scene.ESCALATE in path and (first_desk is Level.REGION or Scene.ESCALATE not in self.texts):
            cut = path.index(Scene.ESCALATE)
            path = path[:cut] + path[cut + 2 :]
        met: Counter[Scene] = Counter()
        scenes = []
        for scene in path:
            if scene not in TOLD_OR_LEFT_OUT or self.said(scene, met[scene]) is not None:
                scenes.append(scene)
            met[scene] += 1
        return tuple(scenes)

    def said(self, scene: Scene, nth: int = 0) -> Any:
        """Return what the story has for a scene, or for its nth time, counted from zero; None when it has nothing."""
        told = self.texts.get(scene)
        each = told if isinstance(told, list) else [told]
        return each[nth] if nth < len(each) else None

    def content(self, written_on: date) -> Content:
        """Return what the commune says of the obstacle on the day it writes it down."""
        told = self.told
        return Content(
            project_name=told["project"],
            obstacle_type=told["type"],
            blocked_since=written_on - timedelta(days=DAYS_A_MONTH * told["blocked_months"] + self.number % 12),
            budget_centimes=_centimes(told["budget_mad"]),
            amount_blocked_centimes=_centimes(told["blocked_mad"]),
            people_affected=told["people"],
            asked_of=tuple(told["asked_of"]),
            needed_by=written_on + timedelta(days=told["needed_by_days"]) if told["needed_by_days"] else None,
            urgency=Urgency(told["urgency"]),
            **{name: told[name] for name in AS_TOLD},
        )


_RENAMED = {
    "project_name", "obstacle_type", "blocked_since", "budget_centimes", "amount_blocked_centimes",
    "people_affected", "asked_of", "needed_by", "urgency", "callback_phone",
}  # fmt: skip
AS_TOLD = tuple(one.name for one in fields(Content) if one.name not in _RENAMED)


def _centimes(dirhams: int | None) -> int | None:
    return None if dirhams is None else dirhams * 100


def read_players() -> tuple[Player, ...]:
    """Return the people of the demo, those with an account to try first."""
    return tuple(
        Player(
            email=person["email"],
            name_ar=person["name_ar"],
            name_fr=person["name_fr"],
            language=Language(person["language"]),
            seats=tuple(Seat(Office(held["office"]), held["place_code"]) for held in person["mandates"]),
            may_file=person["filing_permission"],
        )
        for person in json.loads((HERE / "people.json").read_text(encoding="utf-8"))
    )


def read_stories() -> tuple[Story, ...]:
    """Return the obstacles of the demo in the order of their file."""
    entries = json.loads((HERE / "obstacles.json").read_text(encoding="utf-8"))["obstacles"]
    return tuple(
        Story(
            number=number,
            path=told["path"],
            age_days=told["age_days"],
            language=Language(told["lang"]),
            commune_code=told["commune_code"],
            texts=told["texts"],
            told=told,
        )
        for number, told in enumerate(entries)
    )
