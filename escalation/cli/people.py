"""`escalation people`: adding the people who sign in, and their mandates."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import reduce

import click

from escalation.cli.application import in_application
from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Office
from escalation.queries.people.people import find_by_email
from escalation.services.people.apps import reseal_apps
from escalation.services.people.factors import reset_factors_of
from escalation.services.people.invitations import Invited
from escalation.services.people.invitations import invite as invite_person
from escalation.services.people.passwords import MAX_CHARS, MIN_CHARS
from escalation.services.people.people import NAME_CHARS, Term, WrongField, add_person, normal_email
from escalation.services.people.sealing import Unsealable

DAY = click.DateTime(formats=["%Y-%m-%d"])
SENTENCES = {
    "not_an_email": "is not an e-mail address",
    "missing": "is missing",
    "too_long": f"is longer than {NAME_CHARS} characters",
    "wrong_length": f"must have {MIN_CHARS} to {MAX_CHARS} characters",
    "unknown": "is not known, or no longer in use",
    "wrong_level": "is not of the level of this office",
    "before_its_start": "is before the first day",
    "already_held": "is already held by this person at this place in that time",
}


OPTIONS = (
    click.option("--email", required=True, help="The address they sign in with; an invitation is sent to it."),
    click.option("--name-ar", default="", help="Their name in Arabic letters; needed for a new person."),
    click.option("--name-fr", default="", help="Their name in Latin letters; needed for a new person."),
    click.option("--language", type=click.Choice([code.value for code in Language]), default=Language.AR.value),
    click.option("--office", type=click.Choice([code.value for code in Office]), required=True),
    click.option("--place", "place_code", required=True, help="The code of the commune, province or region."),
    click.option("--starts-on", type=DAY, help="First day of the mandate, YYYY-MM-DD; today if not given."),
    click.option("--ends-on", type=DAY, help="Last day of the mandate, YYYY-MM-DD; open if not given."),
)
"""Who, in which office, where and for how long."""


def of_a_person(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say who is to hold which office."""
    return reduce(lambda wrapped, option: option(wrapped), reversed(OPTIONS), command)


@click.group()
def people() -> None:
    """Add people and mandates."""


@people.command()
@of_a_person
@click.option("--password-stdin", is_flag=True, help="Read the pass-phrase from one line of the standard input.")
@in_application
def add(
    *,
    email: str,
    name_ar: str,
    name_fr: str,
    language: str,
    office: str,
    place_code: str,
    starts_on: datetime | None,
    ends_on: datetime | None,
    password_stdin: bool,
) -> None:
    """Add a person with a mandate; somebody already known gets another mandate and keeps their pass-phrase."""
    now = datetime.now(UTC)
    term = Term(Office(office), place_code, _day(starts_on) or local_day(now), _day(ends_on))
    try:
        password = _password(normal_email(email), from_stdin=password_stdin)
        added = add_person(
            email=email,
            name_ar=name_ar,
            name_fr=name_fr,
            language=Language(language),
            password=password,
            term=term,
            now=now,
        )
    except WrongField as error:
        raise click.ClickException(f"{error.field} {SENTENCES.get(error.reason, error.reason)}.") from error
    who = "new" if added.is_new else "already known"
    click.echo(f"person {added.person_id} ({who}), mandate {added.mandate_id}: {office} at {place_code}")


@people.command("reset-factors")
@click.argument("email")
@in_application
def reset_factors(email: str) -> None:
    """Remove the app, the passkeys and the recovery codes of a person; they then sign in with a code by mail."""
    person = find_by_email(email)
    if person is None:
        raise click.ClickException("nobody here has this address.")
    reset_factors_of(person.id, datetime.now(UTC))
    click.echo(f"person {person.id}: app, passkeys and recovery codes are removed, every session has ended")


@people.command()
@in_application
def reseal() -> None:
    """Seal the secrets of all apps with the present key, so that keys before it can be taken away."""
    try:
        count = reseal_apps()
    except Unsealable as gone:
        raise click.ClickException(
            f"the key that sealed the {gone} is not among the settings: nothing changed."
        ) from gone
    click.echo(f"{count} sealed with the present key")


@click.command()
@of_a_person
@in_application
def invite(
    *,
    email: str,
    name_ar: str,
    name_fr: str,
    language: str,
    office: str,
    place_code: str,
    starts_on: datetime | None,
    ends_on: datetime | None,
) -> None:
    """Invite a person by mail to take up an office; somebody who has an account holds it at once, and is told."""
    now = datetime.now(UTC)
    term = Term(Office(office), place_code, _day(starts_on) or local_day(now), _day(ends_on))
    invited = Invited(email=email, name_ar=name_ar, name_fr=name_fr, language=Language(language), term=term)
    try:
        outcome = invite_person(invited, by_id=None, now=now)
    except WrongField as error:
        raise click.ClickException(f"{error.field} {SENTENCES.get(error.reason, error.reason)}.") from error
    if outcome.mandate_id is not None:
        click.echo(f"person {outcome.person_id} has an account: mandate {outcome.mandate_id}, {office} at {place_code}")
    else:
        click.echo(f"invitation {outcome.invitation_id} to person {outcome.person_id}: {office} at {place_code}")


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()


def _password(email: str, *, from_stdin: bool) -> str | None:
    """What was typed, twice on a terminal; nobody is asked for the pass-phrase of somebody already known."""
    if find_by_email(email) is not None:
        return None
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Pass-phrase", hide_input=True, confirmation_prompt=True, err=True)
    return typed
