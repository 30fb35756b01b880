"""Who administers in this request, and the people and regions that are theirs."""

from escalation.models.people import Person
from escalation.queries.people import directory
from escalation.queries.people.directory import regions_of
from escalation.services.people.administration import Administrator
from escalation.web.identity import current_actor, request_time
from escalation.web.people.requester import by_id


def administrator() -> Administrator:
    """Return who administers, where and when."""
    return Administrator(by_id(), regions_of(current_actor()), request_time())


def person_here(person_id: int) -> Person:
    """Return a person of the administrator's regions. Raises: NotFound."""
    return directory.get_person(regions_of(current_actor()), person_id)
