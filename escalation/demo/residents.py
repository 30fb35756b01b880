"""Making the demo's people: their rows, their mandates, and the delegate's dated permission to file."""

from collections.abc import Sequence
from datetime import date, timedelta

from escalation.demo.cast import Cast
from escalation.demo.pace import instant
from escalation.demo.script import Player
from escalation.domain.codes import Office
from escalation.models.people import Mandate, Person
from escalation.services.people.passwords import hash_password
from escalation.services.people.permissions import grant_filing_permission
from escalation.services.transaction import transaction

PASSWORD = "escalation-demo"  # noqa: S105 - said on the demo's own sign-in page
ELECTED_ON = date(2021, 10, 1)
SET_UP_DAYS = 300
PERMISSION_FROM_DAYS, PERMISSION_UNTIL_DAYS = 60, 300


def make_people(players: Sequence[Player], cast: Cast, today: date) -> dict[str, int]:
    """Write the people of the demo, all with one pass-phrase, and return their ids by address."""
    people = _people(players, today)
    with transaction() as session:
        session.add_all(people.values())
        session.flush()
        ids = {email: person.id for email, person in people.items()}
        mandates = _mandates(players, ids, today)
        session.add_all(mandates.values())
        session.flush()
        mandate_ids = {held: mandate.id for held, mandate in mandates.items()}
    for player in (one for one in players if one.may_file):
        _permit(player, mandate_ids[player.email, Office.COMMUNE_DELEGATE], ids, cast, today)
    return ids


def is_permitted(filed_on: date, today: date) -> bool:
    """Say whether the delegates' permission to file was given by a day."""
    return filed_on >= today - timedelta(days=PERMISSION_FROM_DAYS)


def _people(players: Sequence[Player], today: date) -> dict[str, Person]:
    """The rows of the people; the pass-phrase is hashed once for all of them, for a hash is slow on purpose."""
    password_hash = hash_password(PASSWORD)
    return {
        player.email: Person(
            email=player.email,
            name_ar=player.name_ar,
            name_fr=player.name_fr,
            language=player.language,
            password_hash=password_hash,
            created_at=instant(today - timedelta(days=SET_UP_DAYS)),
        )
        for player in players
    }


def _mandates(players: Sequence[Player], ids: dict[str, int], today: date) -> dict[tuple[str, Office], Mandate]:
    return {
        (player.email, seat.office): Mandate(
            person_id=ids[player.email],
            office=seat.office,
            place_code=seat.place_code,
            starts_on=ELECTED_ON,
            created_at=instant(today - timedelta(days=SET_UP_DAYS)),
        )
        for player in players
        for seat in player.seats
    }


def _permit(delegate: Player, mandate_id: int, ids: dict[str, int], cast: Cast, today: date) -> None:
    [commune_code] = [seat.place_code for seat in delegate.seats if seat.office is Office.COMMUNE_DELEGATE]
    granted_on = today - timedelta(days=PERMISSION_FROM_DAYS)
    grant_filing_permission(
        mandate_id=mandate_id,
        starts_on=granted_on,
        ends_on=today + timedelta(days=PERMISSION_UNTIL_DAYS),
        granted_by_id=ids[cast.president(commune_code).email],
        now=instant(granted_on),
    )
