"""Every column that names a person is in the copy that people are given, and has its fate when a name goes."""

from escalation.domain.privacy import FORMER_MEMBER
from escalation.models.base import Base
from escalation.models.people import Person
from escalation.queries.privacy.held import NOT_GIVEN, PARTS
from escalation.reference.catalogue import terms
from escalation.services.privacy.fates import FATES, LEFT, REPLACED
from escalation.web.privacy.words import COLUMN_WORDS, PART_WORDS

SECRET = ("hash", "token", "salt", "nonce", "digest", "secret")


def names_of_people() -> set[str]:
    """Return every column that refers to a person, as ``table.column``."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "people.id" for key in column.foreign_keys)
    }


def given() -> set[str]:
    """Return the columns by which the copy finds rows about a person."""
    return {str(column.expression) for part in PARTS for column in part.by}


def test_every_column_that_names_a_person_is_given_to_them_or_says_why_not() -> None:
    wanted = names_of_people()
    missing = wanted - given() - set(NOT_GIVEN)
    assert not missing, f"Give these in queries/privacy/held.py, or say in NOT_GIVEN why not: {sorted(missing)}"
    assert set(NOT_GIVEN) <= wanted - given(), "Take out of NOT_GIVEN what is given or gone."
    assert all(NOT_GIVEN.values())


def test_every_column_that_names_a_person_has_its_fate_when_the_name_goes() -> None:
    wanted = names_of_people()
    missing, gone = wanted - set(FATES), set(FATES) - wanted
    assert not missing, f"Say in services/privacy/fates.py, and do it in pseudonymise.py: {sorted(missing)}"
    assert not gone, f"These are no columns any more: {sorted(gone)}"


def test_every_column_of_a_person_is_replaced_or_tells_nothing() -> None:
    columns = {column.name for column in Person.__table__.columns}
    assert columns == REPLACED | LEFT, "Say in services/privacy/fates.py what becomes of a new column of people."


def test_no_secret_is_among_what_is_given_and_every_column_has_words() -> None:
    columns = [column for part in PARTS for column in part.shown]
    secret = [str(column) for column in columns if any(word in column.key for word in SECRET)]
    assert not secret
    assert {column.key for column in columns} == set(COLUMN_WORDS)
    assert {part.name for part in PARTS} == set(PART_WORDS)


def test_a_former_member_is_called_alike_in_the_domain_and_in_the_words() -> None:
    row = terms()["former_member"]
    assert {language: row[language] for language in FORMER_MEMBER} == FORMER_MEMBER
