"""Which people have an address at which letters do not arrive, as far as that still holds."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, exists, select

from escalation.extensions import db
from escalation.models.intake import AddressFailure
from escalation.models.people import Person
from escalation.queries.people.directory import is_of

IS_LIVE = AddressFailure.lifted_at.is_(None)
FAILS = exists().where(
    AddressFailure.person_id == Person.id, AddressFailure.address == Person.email, AddressFailure.lifted_at.is_(None)
)
"""The condition that the address of a person fails: another address has no failure of its own."""
IS_GIVEN_UP = exists().where(
    AddressFailure.person_id == Person.id,
    AddressFailure.address == Person.email,
    AddressFailure.lifted_at.is_(None),
    AddressFailure.status.not_in(("", "5.0.0")),
)
"""The condition that no letter leaves for a person that they need not answer: a report named why their address fails.

What our own relay refused, for a reason that only it knows, is tried again with the next letter.
"""
MOST = 100


def find_failure(person_id: int, address: str) -> AddressFailure | None:
    """Return the newest reason to hold that letters do not reach a person at their address, or None."""
    live = and_(AddressFailure.person_id == person_id, AddressFailure.address == address, IS_LIVE)
    return db.session.scalars(select(AddressFailure).where(live).order_by(AddressFailure.id.desc()).limit(1)).first()


def list_unreached(regions: Collection[str]) -> Sequence[Person]:
    """Return the people of regions whom letters do not reach."""
    return db.session.scalars(
        select(Person)
        .where(FAILS, Person.pseudonymised_at.is_(None), is_of(regions))
        .order_by(Person.id.desc())
        .limit(MOST)
    ).all()
