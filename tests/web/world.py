"""One installation in which everybody stands before every address, and which is put back after each request."""

import io
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update
from werkzeug.test import TestResponse

from escalation.domain.account_codes import ErasureReason, TextsFate
from escalation.domain.backlog import OBSTACLES
from escalation.domain.codes import Channel, Level, Office, RulingState
from escalation.domain.people_table import PEOPLE as PEOPLE_COLUMNS
from escalation.domain.secrets import digest_of
from escalation.models.competence import Ruling
from escalation.models.doors import Invitation, PasswordReset
from escalation.models.factors import AuthenticatorApp, Passkey, Proof, TrustedDevice
from escalation.models.imports import ImportKind
from escalation.models.offices import Deputyship, Suspension
from escalation.models.people import FilingPermission, Mandate, Person, SignInSession
from escalation.models.privacy import Pseudonymisation
from escalation.models.unfinished import UndoStep
from escalation.services.backlog.imports import advance_imports, receive_table
from escalation.services.backlog.tables import read_table
from escalation.services.case import filing, moves, notes, remarks
from escalation.services.case.capture import Told, capture_drafts
from escalation.services.case.transitions import By
from escalation.services.files.stores import KEPT, files_folder
from escalation.services.files.uploads import Coming, receive_file
from escalation.services.people.sealing import seal
from escalation.services.transaction import transaction
from tests.factories import (
    COMMUNE,
    NEIGHBOUR,
    REGION,
    Filed,
    Inhabitant,
    Town,
    actor_of,
    add_person,
    content,
    file_obstacle,
    move,
    save_draft,
    settle,
    sign_in,
)
from tests.file_makers import picture
from tests.visitor import CSRF_VALUE, ORIGIN, Visitor
from tests.web.cases import CASES, REASON
from tests.web.everybody import (
    FILED_DAYS_AGO,
    PEOPLE,
    TODAY,
    YESTERDAY,
    begin_draft,
    hold_mail,
    settle_everybody,
    suspend,
)
from tests.web.more_parts import more_parts
from tests.web.world_messages import message_parts

FORM_KEY = "00000000-0000-4000-8000-000000000001"
OPEN_LINK, DEAD_LINK = "B" * 43, "A" * 43
PEOPLE_TABLE = (
    "email;name_ar;name_fr;office;place\nbrought@example.test;خديجة;Khadija;commune_delegate;بوهودة\n".encode()
)
WAITING = "C" * 43
"""The token of a sign-in whose second step is waited for, in the browser of who is not signed in."""
TABLE = "commune;project_name;obstacle_type\nبوهودة;مسلك;rural_track\n".encode()
LONG = timedelta(hours=1)
FAR_OFF = date(2098, 1, 1)


class Browser(Visitor):
    """A browser whose cookie no answer changes: each request is the first after its page was made."""

    def __init__(self, visitor: Visitor) -> None:
        app = visitor.application
        with visitor.session_transaction(base_url=ORIGIN) as cookie:
            cookie.update(language="en", csrf_token=cookie.get("csrf_token", CSRF_VALUE + uuid.uuid4().hex))
            value = cookie["csrf_token"]
        kept = visitor.get_cookie(app.config["SESSION_COOKIE_NAME"], domain="localhost")
        assert kept is not None
        super().__init__(app)
        self.token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(value)
        self._cookies = None
        self._head = {"Cookie": f"{kept.key}={kept.value}"}

    def ask(
        self, method: str, path: str, fields: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> TestResponse:
        """Send a request, with the token of this browser where it is a form."""
        form = self._form(self.token, fields) if method == "POST" else None
        return self.open(path, method=method, headers=self._head | (headers or {}), data=form)

    def forge(self, path: str, fields: dict[str, Any], token: str | None, *, from_here: bool) -> TestResponse:
        """Send a form under another token or none; ``from_here``: the browser tells that a page of ours sent it."""
        head = self._head | ({"Referer": f"{ORIGIN}/"} if from_here else {})
        return self.post(path, headers=head, data=self._form(token, fields))

    def send_json(self, path: str, body: Any) -> TestResponse:
        """Send something that is no form, with the token of this browser."""
        head = self._head | {"X-CSRFToken": self.token, "Referer": f"{ORIGIN}/"}
        return self.open(path, method="POST", headers=head, json=body)

    @staticmethod
    def _form(token: str | None, fields: dict[str, Any] | None) -> dict[str, Any]:
        return ({} if token is None else {"csrf_token": token}) | (fields or {})


class World:
    """Everybody and every kind of case, in one database that is put back whenever something has changed in it."""

    def __init__(self, app: Flask, database: Path) -> None:
        self.app, self.database = app, database
        self.town: Town = settle(app)
        self.people: dict[str, Inhabitant] = settle_everybody(app, self.town)
        self.browsers = {name: self._browser(name) for name in PEOPLE}
        self.other_browser = self._browser("president")
        """The president's on another device."""
        self._settle_links()
        self._settle_factors()
        self.parts: dict[str, dict[str, str]] = self._parts()
        self.points: dict[str, Filed] = {point: made(self.town) for point, made in CASES.items()}
        suspend(app, self.people["suspended"])
        with app.app_context(), transaction() as session:
            session.execute(
                update(SignInSession).values(seen_at=datetime.now(UTC) + LONG, proven_at=datetime.now(UTC) + LONG)
            )
            session.execute(update(UndoStep).values(until_ms=UndoStep.until_ms + int(LONG.total_seconds()) * 1000))
        self._watch = sqlite3.connect(database)
        self._picture = sqlite3.connect(":memory:")
        self._watch.backup(self._picture)
        kept = files_folder(app.extensions["config"].var_dir) / KEPT
        self._stored = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
        self._seen = self._version()

    def close(self) -> None:
        """Let go of the database."""
        self._watch.close()
        self._picture.close()

    @cached_property
    def tables(self) -> list[str]:
        """Return the tables in which something can happen, by name."""
        named = self._picture.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        return sorted(name for (name,) in named if name not in ("places", "alembic_version"))

    def has_changed(self) -> bool:
        """Say whether anything was written since the database was last put back."""
        return self._version() != self._seen

    def put_back(self) -> None:
        """Let the database, and the files that it names, be as they were when the world was made."""
        if self.has_changed():
            with closing(sqlite3.connect(self.database)) as target:
                self._picture.backup(target)
            for path, content in self._stored.items():
                if not path.exists():
                    path.write_bytes(content)
            self._seen = self._version()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table as they stand now."""
        found = self._watch.execute(f'SELECT * FROM "{table}"')
        names = [column[0] for column in found.description]
        return sorted((dict(zip(names, row, strict=True)) for row in found), key=repr)

    def _version(self) -> int:
        version: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _browser(self, name: str) -> Browser:
        visitor = Visitor(self.app)
        if name == "anonymous":
            with visitor.session_transaction(base_url=ORIGIN) as cookie:
                cookie["proof"] = WAITING
            return Browser(visitor)
        return Browser(sign_in(visitor, self.people[name]))

    def _by(self, name: str, now: datetime | None = None, **more: Any) -> By:
        when = now or datetime.now(UTC)
        return By(actor=actor_of(self.app, self.people[name], when), now=when, **more)

    def _settle_links(self) -> None:
        """Open an invitation and a new pass-phrase to the links that end in ``OPEN_LINK``."""
        now = datetime.now(UTC)
        with self.app.app_context():
            invited = add_person("invited").id
            with transaction() as session:
                session.get_one(Person, invited).password_hash = ""
                session.add(
                    Invitation(
                        person_id=invited,
                        office=Office.COMMUNE_PRESIDENT,
                        place_code=NEIGHBOUR,
                        starts_on=TODAY,
                        token_hash=digest_of(OPEN_LINK),
                        created_at=now,
                        expires_at=now + LONG,
                    )
                )
                session.add(
                    PasswordReset(
                        person_id=self.people["scribe"].id,
                        token_hash=digest_of(OPEN_LINK),
                        created_at=now,
                        expires_at=now + LONG,
                    )
                )

    def _settle_factors(self) -> None:
        """Let the president have enrolled everything, and the scribe be between the two steps of signing in."""
        now, president = datetime.now(UTC), self.people["president"].id
        with self.app.app_context(), transaction() as session:
            sealed = seal("JBSWY3DPEHPK3PXP", f"app of {president}")
            session.add_all(
                (
                    AuthenticatorApp(person_id=president, sealed_secret=sealed, created_at=now, confirmed_at=now),
                    Passkey(
                        person_id=president, name="key", credential_id="aaaa", credential_hash=digest_of("aaaa"),
                        public_key="", sign_count=0, created_at=now,
                    ),
                    TrustedDevice(
                        person_id=president, token_hash=digest_of(DEAD_LINK), created_at=now, used_at=now,
                        expires_at=now + LONG,
                    ),
                    Proof(
                        token_hash=digest_of(WAITING), person_id=self.people["scribe"].id, created_at=now,
                        expires_at=now + LONG,
                    ),
                )
            )  # fmt: skip

    def _row_of(self, table: type[Passkey | TrustedDevice]) -> str:
        """Return the number of the one row of a table."""
        with self.app.app_context(), transaction() as session:
            return str(session.query(table.id).scalar())

    def _parts(self) -> dict[str, dict[str, str]]:
        """Return what each typed part of an address may be, by the state that it stands for."""
        town, now = self.town, datetime.now(UTC)
        when = now - FILED_DAYS_AGO
        at_province = file_obstacle(self.app, town.president, now=when)
        at_region = file_obstacle(self.app, town.president, now=when)
        move(self.app, moves.escalate, at_region, town.reviewer, now=when, reason=REASON)
        claimed = file_obstacle(self.app, town.president)
        draft = save_draft(self.app, town.president)
        with self.app.app_context():
            moves.claim(claimed.id, self._by("reviewer", may_undo=True))
            on_behalf = filing.file_obstacle(COMMUNE, content(), self._by("staff", when), channel=Channel.PHONE)
            reference = str(on_behalf.reference)
            prepared = filing.save_draft(COMMUNE, content(), self._by("staff"), channel=Channel.PHONE).id
            capture_drafts([Told(COMMUNE, content())], Channel.PHONE, self._by("staff", key=FORM_KEY))
            import_id = receive_table(read_table(TABLE, OBSTACLES), "table.csv", REGION, self._by("staff"))
            people = read_table(PEOPLE_TABLE, PEOPLE_COLUMNS)
            of_people = receive_table(people, "people.csv", REGION, self._by("admin"), ImportKind.PEOPLE)
            advance_imports(now)
        self.cases = {"province": at_province, "region": at_region, "claimed": claimed}
        return {
            "reference:reference": {
                **{state: str(case.reference) for state, case in self.cases.items()},
                "on-behalf": reference,
            },
            "int(max=2147483647):draft_id": {
                "draft": str(draft.id),
                "staff-draft": str(prepared),
                "filed": str(at_province.id),
            },
            "int(max=2147483647):import_id": {"checked": str(import_id), "of-people": str(of_people)},
            "int(max=2147483647):passkey_id": {"president's": self._row_of(Passkey)},
            "int(max=2147483647):device_id": {"president's": self._row_of(TrustedDevice)},
            "int(max=2147483647):session_id": {"president's": self._session_of("president")},
            "int(max=2147483647):person_id": {
                state: str(self.people[name].id)
                for state, name in (("here", "president"), ("elsewhere", "stranger"), ("left", "ended"))
            },
            "int(max=2147483647):mandate_id": {
                state: self._mandate_of(name) for state, name in (("here", "reviewer"), ("elsewhere", "stranger"))
            },
            "int(max=2147483647):invitation_id": {"waiting": self._waiting_invitation()},
            "int(max=2147483647):pseudonymisation_id": {"waiting": self._waiting_name()},
            **more_parts(self.app, self.town),
            **self._office_parts(now),
            "uuid:form_key": {"sent": FORM_KEY},
            "file:public_id": self._files(at_province, draft),
            "token:token": {"open": OPEN_LINK, "dead": DEAD_LINK},
            **message_parts(self.app, town),
        }

    def _files(self, case: Filed, draft: Filed) -> dict[str, str]:
        """Return a file beside a comment, a note and a draft, and one that was chosen and not sent."""
        places = {
            "comment": ("president", f"/obstacles/{case.reference}/comment"),
            "note": ("reviewer", f"/obstacles/{case.reference}/note"),
            "draft": ("president", f"/obstacles/drafts/{draft.id}"),
            "waiting": ("president", f"/obstacles/{case.reference}/amend"),
        }
        made = {}
        with self.app.app_context():
            for state, (name, path) in places.items():
                coming = Coming("a.jpg", io.BytesIO(picture()), self.people[name].id, path, COMMUNE)
                made[state] = receive_file(coming, datetime.now(UTC)).public_id
            paths = {state: path for state, (_name, path) in places.items()}
            remarks.add_comment(case.id, self._by("president", form_path=paths["comment"]), comment=REASON)
            notes.add_note(case.id, self._by("reviewer", form_path=paths["note"]), note=REASON)
            filing.save_draft(COMMUNE, content(), self._by("president", form_path=paths["draft"]), draft.id)
        return made

    def _office_parts(self, now: datetime) -> dict[str, dict[str, str]]:
        """Return what of offices an address may name: each is of days to come, and changes nobody's rights today."""
        coordinator, parliament = (int(self._mandate_of(name)) for name in ("coordinator", "parliament"))
        with self.app.app_context(), transaction() as session:
            by_id = self.people["admin"].id
            suspension = Suspension(mandate_id=parliament, starts_on=FAR_OFF, by_id=by_id, created_at=now)
            deputyship = Deputyship(
                mandate_id=coordinator, deputy_id=self.people["reviewer"].id, starts_on=FAR_OFF, ends_on=FAR_OFF,
                created_at=now,
            )  # fmt: skip
            ruling = Ruling(
                region_code=REGION, obstacle_type="rural_track", place_code=REGION, first_desk=Level.REGION,
                words=REASON, state=RulingState.PROPOSED, made_by_id=self.people["secretary"].id, made_at=now,
            )  # fmt: skip
            session.add_all((suspension, deputyship, ruling))
            session.flush()
            numbers = {"suspension": suspension.id, "deputyship": deputyship.id, "ruling": ruling.id}
            permission = min(number for (number,) in session.query(FilingPermission.id))
            numbers |= {"permission": permission, "mail": hold_mail(session, now)}
        numbers["rehearsal"] = begin_draft(self.app, self.people["admin"])
        return {f"int(max=2147483647):{name}_id": {"here": str(number)} for name, number in numbers.items()}

    def _mandate_of(self, name: str) -> str:
        """Return the number of the first office of a person."""
        with self.app.app_context(), transaction() as session:
            found = session.query(Mandate.id).filter_by(person_id=self.people[name].id)
            return str(min(number for (number,) in found))

    def _waiting_invitation(self) -> str:
        """Return the number of an invitation that waits for a second administrator."""
        now = datetime.now(UTC)
        with self.app.app_context():
            person_id = add_person("waiting").id
            with transaction() as session:
                row = Invitation(
                    person_id=person_id,
                    office=Office.GROUP_PRESIDENT,
                    place_code=REGION,
                    starts_on=TODAY,
                    created_at=now,
                    expires_at=now + LONG,
                    needs_approval=True,
                )
                session.add(row)
                session.flush()
                return str(row.id)

    def _waiting_name(self) -> str:
        """Return the number of a name that waits for a second administrator; its bearer left long ago."""
        with self.app.app_context():
            person_id = add_person("leaver", Office.GROUP_MEMBER, REGION).id
            with transaction() as session:
                session.execute(update(Mandate).where(Mandate.person_id == person_id).values(ends_on=YESTERDAY))
                row = Pseudonymisation(
                    person_id=person_id, reason=ErasureReason.PERSON_ASKED, texts=TextsFate.KEPT,
                    asked_by_id=self.people["admin2"].id, asked_at=datetime.now(UTC),
                )  # fmt: skip
                session.add(row)
                session.flush()
                return str(row.id)

    def _session_of(self, name: str) -> str:
        """Return the number of the last session that a person opened."""
        with self.app.app_context(), transaction() as session:
            found = session.query(SignInSession.id).filter_by(person_id=self.people[name].id)
            return str(max(number for (number,) in found))


@contextmanager
def new_world(app: Flask, url: str) -> Iterator[World]:
    """Make a world in a database that holds the reference data and nothing else."""
    world = World(app, Path(url.removeprefix("sqlite:///")))
    try:
        yield world
    finally:
        world.close()
