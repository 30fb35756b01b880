"""Who plays each scene: the commune's own people, and at each desk somebody who may decide on its cases."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import Random

from escalation.demo.paths import Scene
from escalation.demo.script import Player, Story
from escalation.domain.codes import COMMUNE_OFFICES, DESK_OFFICES, LEAD_OFFICES, MEMBER_OFFICES, Level, Office

MOSTLY = 0.8
BY_THE_LEAD = "lead"
"""What a story's texts say of a claim that the desk's lead makes."""


class Role(Enum):
    """As what somebody plays a scene."""

    AUTHOR = auto()
    PRESIDENT = auto()
    STAFF = auto()
    HOLDER = auto()
    LEAD = auto()


S = Scene
ROLES: Mapping[Scene, Role] = (
    dict.fromkeys((S.DRAFT, S.FILE, S.ANSWER, S.WITHDRAW, S.AMEND, S.COMMENT_OF_COMMUNE), Role.AUTHOR)
    | dict.fromkeys((S.CONFIRM_FILING, S.CONFIRM, S.CONTEST, S.APPEAL, S.REOPEN, S.ESCALATE_LATE), Role.PRESIDENT)
    | dict.fromkeys((S.ASSIGN, S.SEND_BACK, S.TRANSFER, S.DECLINE), Role.LEAD)
    | {S.FILE_ON_BEHALF: Role.STAFF}
)
"""Who plays what; who has the case plays the rest."""

CLIMBS = frozenset({S.ESCALATE, S.ESCALATE_LATE, S.CONTEST, S.APPEAL})


@dataclass(frozen=True)
class Part:
    """Who plays a scene, and to whom they turn in it: the colleague who is given a case or called to a note."""

    player: Player
    colleague: Player | None = None


class Cast:
    """The people of the demo by where they sit; the first of a desk takes most of its cases."""

    def __init__(self, players: Sequence[Player], region_code: str) -> None:
        self._players = players
        self._region_code = region_code
        self._shown_commune = players[0].seats[0].place_code

    def play(
        self, story: Story, scenes: Iterable[Scene], first_desk: Level, rng: Random, *, permitted: bool
    ) -> list[Part]:
        """Return who plays each scene; ``permitted``: delegates could file by then."""
        author, president = self._author(story, rng, permitted=permitted), self.president(story.commune_code)
        desk = self._region_code if first_desk is Level.REGION else story.province_code
        holder, met, parts = author, Counter[Scene](), []
        for scene in scenes:
            said = story.said(scene, met[scene])
            met[scene] += 1
            lead = self._lead(desk)
            if scene in (S.CLAIM, S.ASSIGN):
                holder = lead if said == BY_THE_LEAD else self._member(story, desk, rng)
            by_role = {
                Role.AUTHOR: author,
                Role.PRESIDENT: president,
                Role.STAFF: self._seated({Office.SECRETARIAT_STAFF}, self._region_code)[0],
                Role.LEAD: lead,
            }
            colleagues = {S.ASSIGN: holder, S.NOTE: self._colleague(desk, holder)}
            parts.append(Part(by_role.get(ROLES.get(scene, Role.HOLDER), holder), colleagues.get(scene)))
            desk = self._desk_after(scene, desk, story, said)
        return parts

    def president(self, commune_code: str) -> Player:
        """Return who presides over a commune."""
        return self._seated({Office.COMMUNE_PRESIDENT}, commune_code)[0]

    def _author(self, story: Story, rng: Random, *, permitted: bool) -> Player:
        """The president, or a delegate: those who may file do so half the time, and they prepare every draft."""
        delegates = [one for one in self._seated({Office.COMMUNE_DELEGATE}, story.commune_code) if one.may_file]
        by_delegate = rng.random() < 0.5 or story.path == S.DRAFT
        return delegates[0] if delegates and permitted and by_delegate else self.president(story.commune_code)

    def _desk_after(self, scene: Scene, desk: str, story: Story, said: object) -> str:
        if scene in CLIMBS:
            return self._region_code
        if scene is S.TRANSFER and isinstance(said, dict):
            return str(said["target"])
        return story.province_code if scene is S.SEND_BACK else desk

    def _lead(self, desk: str) -> Player:
        return self._seated(LEAD_OFFICES, desk)[0]

    def _colleague(self, desk: str, holder: Player) -> Player:
        """The lead of a desk; for the lead, the first of its members."""
        return next(one for one in (self._lead(desk), *self._seated(MEMBER_OFFICES, desk)) if one != holder)

    def _member(self, story: Story, desk: str, rng: Random) -> Player:
        """Somebody of the desk who is not recused; where visitors look first, mostly the one they sign in as."""
        level = Level.REGION if desk == self._region_code else Level.PROVINCE
        members = [one for one in self._seated(DESK_OFFICES[level], desk) if not _is_of(one, story.commune_code)]
        is_shown = self._shown_commune.startswith(f"{story.province_code}.")
        if level is Level.PROVINCE or is_shown:
            return members[0] if rng.random() < MOSTLY else rng.choice(members[1:])
        return rng.choice(members)

    def _seated(self, offices: Iterable[Office], place_code: str) -> list[Player]:
        wanted = {(office, place_code) for office in offices}
        return [one for one in self._players if any((seat.office, seat.place_code) in wanted for seat in one.seats)]


def _is_of(player: Player, commune_code: str) -> bool:
    return any(seat.office in COMMUNE_OFFICES and seat.place_code == commune_code for seat in player.seats)
