"""`escalation people`: adding the people who sign in, and their mandates."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import reduce

import click

from escalation.cli.application import in_application
from escalation.domain.account_codes import ErasureReason, TextsFate
from escalation.domain.calendar import local_day
from escalation.domain.codes import Language, Office
from escalation.domain.errors import NotAllowed
from escalation.domain.people_table import NAME_CHARS
from escalation.queries.people.people import find_by_email
from escalation.queries.privacy.traces import find_traces
from escalation.services.people.administration import readdress as readdress_person
from escalation.services.people.apps import reseal_apps
from escalation.services.people.factors import reset_factors_of
from escalation.services.people.invitations import Invited
from escalation.services.people.invitations import invite as invite_person
from escalation.services.people.passwords import MAX_CHARS, MIN_CHARS
from escalation.services.people.people import Term, WrongField, add_person, normal_email
from escalation.services.people.sealing import Unsealable
from escalation.services.privacy.decisions import pseudonymise_now
from escalation.services.privacy.pseudonymise import Wish

DAY = click.DateTime(formats=["%Y-%m-%d"])
SENTENCES = {
    "not_an_email": "is not an e-mail address",
    "missing": "is missing",
    "too_long": f"is longer than {NAME_CHARS} characters",
    "wrong_length": f"must have {MIN_CHARS} to {MAX_CHARS} characters",
    "unknown": "is not known, or no longer in use",
    "wrong_level": "is not of the level of this office",
    "before_its_start": "is before the first day",
    "taken": "is that of another person",
    "not_a_phone": "is not a telephone number",
    "already_held": "is already held by this person at this place in that time",
}


REFUSALS = {
    "still_serves": "This person holds an office, or will: end it first.",
    "former": "This name is gone already.",
}

OPTIONS = (
    click.option("--email", required=True, help="The address they sign in with; an invitation is sent to it."),
    click.option("--phone", default="", help="A number they may sign in by too; for a new person."),
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
    """Add people and mandates, and let an account be reached elsewhere."""


@people.command()
@of_a_person
@click.option("--password-stdin", is_flag=True, help="Read the pass-phrase from one line of the standard input.")
@in_application
def add(
    *,
    email: str,
    phone: str,
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
            phone=phone,
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


@people.command()
@click.option("--email", required=True, help="The address the account has now.")
@click.option("--to", required=True, help="The address it is to have.")
@in_application
def readdress(*, email: str, to: str) -> None:
    """Give an account another address, for who reads no mail at theirs any more; the one before is told."""
    try:
        person_id = readdress_person(email, to, datetime.now(UTC))
    except WrongField as error:
        raise click.ClickException(f"{error.field} {SENTENCES.get(error.reason, error.reason)}.") from error
    click.echo(f"person {person_id}: {to}")


@people.command()
@click.argument("email")
@click.option(
    "--reason", type=click.Choice([code.value for code in ErasureReason]), required=True, help="Why; a closed list."
)
@click.option("--erase-texts", is_flag=True, help="Erase what they wrote too, but for the filings of open cases.")
@click.option("--dry-run", is_flag=True, help="Count only, and change nothing.")
@in_application
def pseudonymise(*, email: str, reason: str, erase_texts: bool, dry_run: bool) -> None:
    """Replace the name and address of somebody without an office for good; what they did stays."""
    person = find_by_email(email)
    if person is None:
        raise click.ClickException("Nobody here has this address.")
    texts = TextsFate.ERASED if erase_texts else TextsFate.KEPT
    words = (person.email, person.name_ar, person.name_fr)
    try:
        wish = Wish(reason=ErasureReason(reason), texts=texts)
        outcome = pseudonymise_now(person.id, wish, datetime.now(UTC), dry_run=dry_run)
    except NotAllowed as refused:
        raise click.ClickException(REFUSALS[refused.reason]) from refused
    for table, count in sorted(outcome.rows.items()):
        click.echo(f"{table}: {count}")
    for place, count in sorted(find_traces(words).items()):
        click.echo(f"{'named in' if dry_run else 'still named in'} {place}: {count}")
    click.echo("Nothing was changed." if dry_run else f"Person {outcome.person_id} is a former member.")


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
    phone: str,
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
    invited = Invited(
        email=email, phone=phone, name_ar=name_ar, name_fr=name_fr, language=Language(language), term=term
    )
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
