"""Who asks, by their number, where a page is for people who signed in."""

from escalation.web.identity import current_actor


def by_id() -> int:
    """Return the number of whoever is signed in. Raises: LookupError when nobody is."""
    person_id = current_actor().person_id
    if person_id is None:
        raise LookupError("nobody is signed in")
    return person_id
