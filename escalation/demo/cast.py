"""Who plays each scene: the commune's own people, and at each desk somebody who may decide on its cases."""

from collections.abc import Iterable, Sequence
from random import Random

from escalation.demo.script import Player, Scene, Story
from escalation.domain.codes import COMMUNE_OFFICES, DESK_OFFICES, Level, Office

AT_THE_COMMUNE = frozenset({Scene.DRAFT, Scene.FILE, Scene.ANSWER, Scene.CONFIRM, Scene.WITHDRAW})
MOSTLY = 0.8


class Cast:
    """The people of the demo by where they sit; the first of a desk takes most of its cases."""

    def __init__(self, players: Sequence[Player], region_code: str) -> None:
        self._players = players
        self._region_code = region_code
        self._shown_commune = players[0].seats[0].place_code

    def play(
        self, story: Story, scenes: Iterable[Scene], first_desk: Level, rng: Random, *, permitted: bool
    ) -> list[Player]:
        """Return who plays each scene; ``permitted``: delegates could file by then."""
        author = self._author(story, rng, permitted=permitted)
        level, holder, found = first_desk, author, []
        for scene in scenes:
            if scene is Scene.CLAIM:
                holder = self._member(story, level, rng)
            elif scene is Scene.ESCALATE:
                level = Level.REGION
            by_commune = author if scene is not Scene.CONFIRM else self.president(story.commune_code)
            found.append(by_commune if scene in AT_THE_COMMUNE else holder)
        return found

    def president(self, commune_code: str) -> Player:
        """Return who presides over a commune."""
        return self._seated({Office.COMMUNE_PRESIDENT}, commune_code)[0]

    def _author(self, story: Story, rng: Random, *, permitted: bool) -> Player:
        delegates = [one for one in self._seated({Office.COMMUNE_DELEGATE}, story.commune_code) if one.may_file]
        by_delegate = rng.random() < 0.5
        return delegates[0] if delegates and permitted and by_delegate else self.president(story.commune_code)

    def _member(self, story: Story, level: Level, rng: Random) -> Player:
        """Somebody of the desk who is not recused; where visitors look first, mostly the one they sign in as."""
        desk_code = self._region_code if level is Level.REGION else story.province_code
        members = [one for one in self._seated(DESK_OFFICES[level], desk_code) if not _is_of(one, story.commune_code)]
        is_shown = self._shown_commune.startswith(f"{story.province_code}.")
        if level is Level.PROVINCE or is_shown:
            return members[0] if rng.random() < MOSTLY else rng.choice(members[1:])
        return rng.choice(members)

    def _seated(self, offices: Iterable[Office], place_code: str) -> list[Player]:
        wanted = {(office, place_code) for office in offices}
        return [one for one in self._players if any((seat.office, seat.place_code) in wanted for seat in one.seats)]


def _is_of(player: Player, commune_code: str) -> bool:
    return any(seat.office in COMMUNE_OFFICES and seat.place_code == commune_code for seat in player.seats)
