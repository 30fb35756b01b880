"""The settings of one installation: a frozen, typed object read once from the environment.

A default exists only where it is right in production and may be public; a missing name stops the start, and all missing
names are listed together. The rules for a sound production start live in `production_faults`; nothing here opens a
connection, and of files only the demo's own secret is touched.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast, get_args
from urllib.parse import urlsplit

from escalation.domain.file_settings import FILE_DEFAULTS, FileSettings, read_file_settings
from escalation.domain.intake_settings import INTAKE_DEFAULTS, IntakeSettings, read_intake_settings
from escalation.domain.paces import Limits
from escalation.domain.webhooks import WebhookSettings

Environment = Literal["production", "demo", "test"]
Language = Literal["ar", "fr", "en"]

# Every name the program reads, in the order of `.env.example`; names without a default are required in production.
DEFAULTS: Final[Mapping[str, str | None]] = {
    "ESCALATION_ENV": "production",
    "ESCALATION_BASE_URL": None,
    "ESCALATION_SECRET_KEY": None,
    "ESCALATION_SECRET_KEY_FALLBACKS": "",
    "ESCALATION_DATABASE_URL": None,
    "ESCALATION_ALLOW_SQLITE": "0",
    "ESCALATION_REDIS_URL": "",
    "ESCALATION_MAIL_HOST": None,
    "ESCALATION_MAIL_PORT": "25",
    "ESCALATION_MAIL_STARTTLS": "1",
    "ESCALATION_MAIL_USERNAME": "",
    "ESCALATION_MAIL_PASSWORD": "",
    "ESCALATION_MAIL_SENDER": None,
    "ESCALATION_MAIL_MESSAGE_ID_DOMAIN": "",
    "ESCALATION_MAIL_TIMEOUT_S": "20",
    "ESCALATION_MAIL_CONNECTIONS": "8",
    "ESCALATION_MAIL_PER_SECOND": "0",
    "ESCALATION_MAIL_DOMAIN_PER_SECOND": "0",
    "ESCALATION_WEBHOOK_PRIVATE": "0",
    "ESCALATION_NAME": None,
    "ESCALATION_SHORT_NAME": "",
    "ESCALATION_ACCENT": "#0f5c4a",
    "ESCALATION_LANGUAGE": "ar",
    "ESCALATION_PRIVACY_CONTACT": "",
    "ESCALATION_PRIVACY_REFERENCE": "",
    "ESCALATION_TRUSTED_HOSTS": "",
    "ESCALATION_PROXY_HOPS": "0",
    "ESCALATION_SESSION_IDLE_MINUTES": "60",
    "ESCALATION_SESSION_ABSOLUTE_MINUTES": "720",
    "ESCALATION_VAR": "./var",
    **FILE_DEFAULTS,
    **INTAKE_DEFAULTS,
    "PORT": "8000",
    "WEB_CONCURRENCY": "1",
}
KNOWN_NAMES: Final = tuple(DEFAULTS)
MIN_SECRET_CHARS: Final = 32
MIN_SECRET_DISTINCT_CHARS: Final = 10
KNOWN_SECRETS: Final = ("change-me", "changeme", "secret", "password", "escalation", "example", "0123456789", "dev-key")
LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")


class ConfigError(ValueError):
    """The environment does not describe an installation that may start; the message lists every fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("The settings are not fit to start with:\n" + "\n".join(f"  - {fault}" for fault in faults))


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the rows are; the address may hold a password, so it stays out of `repr`."""

    url: str = field(repr=False)
    allow_sqlite: bool = False

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.startswith("sqlite")


@dataclass(frozen=True, kw_only=True)
class Redis:
    """The wake-up channel; no address means the embedded in-memory transport."""

    url: str | None = field(default=None, repr=False)

    @property
    def is_embedded(self) -> bool:
        """True when one process does everything."""
        return self.url is None


@dataclass(frozen=True, kw_only=True)
class Mail:
    """The relay that takes our messages, and the name they leave under."""

    host: str
    port: int
    sender: str
    sender_name: str
    message_id_domain: str
    starttls: bool = True
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = 20.0
    connections: int = 8
    """How many letters one worker sends at once; a connection more is kept for what cannot wait."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, kw_only=True)
class Security:
    """Keys, session lengths and what is believed about the network in front."""

    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    trusted_hosts: tuple[str, ...] = ()
    session_idle_minutes: int = 60
    session_absolute_minutes: int = 720
    session_cookie_secure: bool = True
    asks_second_proof: bool = True
    """Everybody proves a second time who they are; without it, in the demonstration, only who enrolled a factor."""
    proxy_hops: int = 0


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What the pages and mails call this installation, and where they are reached."""

    name: str
    short_name: str
    base_url: str
    accent: str = "#0f5c4a"
    default_language: Language = "ar"


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What the notice on personal data names, and whether people read it before they go on."""

    contact: str = ""
    """Whom people ask for their data: an address of mail or of a house; empty, the notice names the secretariat."""
    reference: str = ""
    """The number under which the CNDP was told, or allowed, what is done here."""
    asks: bool = True
    """The notice stands in the way once; where it does not, it is a banner of the first page."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """One installation's settings, complete and checked when built by `from_env`."""

    environment: Environment
    installation: Installation
    database: Database
    redis: Redis
    mail: Mail
    security: Security
    var_dir: Path
    privacy: Privacy = field(default_factory=Privacy)
    files: FileSettings = field(default_factory=FileSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    port: int = 8000
    web_processes: int = 1

    @property
    def demo(self) -> bool:
        """True only for the demonstration on loopback."""
        return self.environment == "demo"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Config:
        """Return the settings the environment describes.

        Raises: ConfigError, listing every missing name and every fault at once.
        """
        given = {name: value.strip() for name, value in environ.items() if name in DEFAULTS and value.strip()}
        ours = (name for name in environ if name.startswith("ESCALATION_") and not name.startswith("ESCALATION_TEST_"))
        unknown = sorted(name for name in ours if name not in DEFAULTS)
        faults = [f"{name} is not a known name (see .env.example)." for name in unknown]
        environment = given.get("ESCALATION_ENV", "production")
        if environment not in get_args(Environment):
            raise ConfigError([*faults, "ESCALATION_ENV must be production, demo or test."])
        if environment == "demo":
            given = _demo_values(given) | given
        missing = [name for name, default in DEFAULTS.items() if default is None and name not in given]
        faults += [f"{name} is missing." for name in missing]
        text = {name: given.get(name, default or "") for name, default in DEFAULTS.items()}
        config = _build(cast("Environment", environment), text, faults)
        if environment == "production":
            faults += production_faults(config, except_names=missing)
        if environment == "demo" and _host(config.installation.base_url) not in LOOPBACK_HOSTS:
            faults.append("ESCALATION_BASE_URL must be on loopback in the demo.")
        if faults:
            raise ConfigError(faults)
        return config

    @classmethod
    def for_demo(cls, var_dir: Path, port: int, mail_port: int = 2525) -> Config:
        """Return the demonstration's settings: everything embedded, everything on loopback.

        Raises: ConfigError when a port is none.
        """
        ports = {"PORT": str(port), "ESCALATION_MAIL_PORT": str(mail_port)}
        return cls.from_env({"ESCALATION_ENV": "demo", "ESCALATION_VAR": str(var_dir)} | ports)


def production_faults(config: Config, *, except_names: list[str]) -> list[str]:
    """Return every reason why these settings must not face the world; names already reported are left out."""
    faults = {
        "ESCALATION_SECRET_KEY": weak_secret_fault(config.security.secret_key),
        "ESCALATION_SECRET_KEY_FALLBACKS": next(
            (fault for key in config.security.secret_key_fallbacks if (fault := weak_secret_fault(key))), None
        ),
        "ESCALATION_BASE_URL": _base_url_fault(config.installation.base_url),
        "ESCALATION_TRUSTED_HOSTS": _hosts_fault(config),
        "ESCALATION_DATABASE_URL": None
        if not config.database.is_sqlite or config.database.allow_sqlite
        else "is SQLite: set ESCALATION_ALLOW_SQLITE=1 if one machine is enough, or name a PostgreSQL database.",
        "WEB_CONCURRENCY": "above 1 needs ESCALATION_REDIS_URL: the in-memory transport lives in one process only."
        if config.web_processes > 1 and config.redis.is_embedded
        else None,
        "ESCALATION_S3_ENDPOINT": config.files.endpoint_fault(),
        "ESCALATION_WEBHOOK_PRIVATE": config.webhooks.production_fault(),
    }
    return [f"{name} {fault}" for name, fault in faults.items() if fault and name not in except_names]


def weak_secret_fault(secret: str) -> str | None:
    """Return why this key can be guessed, or None."""
    if len(secret) < MIN_SECRET_CHARS:
        return f"is shorter than {MIN_SECRET_CHARS} characters."
    if any(known in secret.lower() for known in KNOWN_SECRETS):
        return "holds a well-known word."
    if len(set(secret)) < MIN_SECRET_DISTINCT_CHARS:
        return "repeats too few characters."
    return None


def _base_url_fault(base_url: str) -> str | None:
    if not base_url.startswith("https://") or not _host(base_url):
        return "must be a full https address."
    parts = urlsplit(base_url)
    if parts.path not in ("", "/") or parts.query or parts.username:
        return "must be a bare origin, without path, query or account."
    return None


def _hosts_fault(config: Config) -> str | None:
    host, trusted = _host(config.installation.base_url), config.security.trusted_hosts
    if any(not set(name) - set(".") or set(name) & set("*/ ") for name in trusted):
        return "must be names of hosts, such as suivi.example.org or .example.org."
    is_served = any(name == host or (name.startswith(".") and host.endswith(name)) for name in trusted)
    return None if is_served or not host else "must hold the host of ESCALATION_BASE_URL, or no page is served."


def _build(environment: Environment, text: Mapping[str, str], faults: list[str]) -> Config:
    """Read each text as its type; what cannot be read is added to `faults` and takes a stand-in."""
    read = _Reader(text, faults)
    base_url = text["ESCALATION_BASE_URL"].rstrip("/")
    host = _host(base_url)
    name = text["ESCALATION_NAME"]
    return Config(
        environment=environment,
        installation=Installation(
            name=name,
            short_name=text["ESCALATION_SHORT_NAME"] or name,
            base_url=base_url,
            accent=read.colour("ESCALATION_ACCENT"),
            default_language=read.language("ESCALATION_LANGUAGE"),
        ),
        database=Database(
            url=_with_driver(text["ESCALATION_DATABASE_URL"]), allow_sqlite=read.flag("ESCALATION_ALLOW_SQLITE")
        ),
        redis=Redis(url=text["ESCALATION_REDIS_URL"] or None),
        mail=Mail(
            host=text["ESCALATION_MAIL_HOST"],
            port=read.whole("ESCALATION_MAIL_PORT", 1, 65535),
            starttls=read.flag("ESCALATION_MAIL_STARTTLS"),
            username=text["ESCALATION_MAIL_USERNAME"] or None,
            password=text["ESCALATION_MAIL_PASSWORD"] or None,
            sender=text["ESCALATION_MAIL_SENDER"],
            sender_name=name,
            message_id_domain=text["ESCALATION_MAIL_MESSAGE_ID_DOMAIN"] or host,
            timeout_s=read.whole("ESCALATION_MAIL_TIMEOUT_S", 1, 100),
            connections=read.whole("ESCALATION_MAIL_CONNECTIONS", 1, 50),
            limits=Limits(
                per_second=read.whole("ESCALATION_MAIL_PER_SECOND", 0, 10_000),
                per_domain=read.whole("ESCALATION_MAIL_DOMAIN_PER_SECOND", 0, 10_000),
            ),
        ),
        security=Security(
            secret_key=text["ESCALATION_SECRET_KEY"],
            secret_key_fallbacks=_words(text["ESCALATION_SECRET_KEY_FALLBACKS"]),
            trusted_hosts=_words(text["ESCALATION_TRUSTED_HOSTS"]) or ((host,) if host else ()),
            session_idle_minutes=read.whole("ESCALATION_SESSION_IDLE_MINUTES", 1, 1440),
            session_absolute_minutes=read.whole("ESCALATION_SESSION_ABSOLUTE_MINUTES", 1, 10080),
            session_cookie_secure=environment == "production" or base_url.startswith("https://"),
            asks_second_proof=environment == "production",
            proxy_hops=read.whole("ESCALATION_PROXY_HOPS", 0, 5),
        ),
        webhooks=WebhookSettings(allow_private=read.flag("ESCALATION_WEBHOOK_PRIVATE")),
        privacy=Privacy(
            contact=text["ESCALATION_PRIVACY_CONTACT"],
            reference=text["ESCALATION_PRIVACY_REFERENCE"],
            asks=environment == "production",
        ),
        var_dir=Path(text["ESCALATION_VAR"]),
        files=read_file_settings(text, faults),
        intake=read_intake_settings(text, faults),
        port=read.whole("PORT", 1, 65535),
        web_processes=read.whole("WEB_CONCURRENCY", 1, 512),
    )


class _Reader:
    """Reads one named text as a type, noting what cannot be read instead of stopping at the first."""

    def __init__(self, text: Mapping[str, str], faults: list[str]) -> None:
        self._text, self._faults = text, faults

    def whole(self, name: str, low: int, high: int) -> int:
        if self._text[name].isascii() and self._text[name].isdigit() and low <= int(self._text[name]) <= high:
            return int(self._text[name])
        self._faults.append(f"{name} must be a whole number from {low} to {high}.")
        return low

    def flag(self, name: str) -> bool:
        if (said := self._text[name]) not in ("0", "1"):
            self._faults.append(f"{name} must be 0 or 1.")
        return said == "1"

    def language(self, name: str) -> Language:
        if self._text[name] not in get_args(Language):
            self._faults.append(f"{name} must be ar, fr or en.")
            return "ar"
        return cast("Language", self._text[name])

    def colour(self, name: str) -> str:
        if not re.fullmatch(r"#?[0-9a-fA-F]{6}", self._text[name]):
            self._faults.append(f"{name} must be a colour such as #0f5c4a.")
        return self._text[name]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _with_driver(url: str) -> str:
    """PostgreSQL is always reached through psycopg 3, however the address is written."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _demo_values(given: Mapping[str, str]) -> dict[str, str]:
    var_dir = Path(given.get("ESCALATION_VAR", "./var"))
    return {
        "ESCALATION_BASE_URL": f"http://127.0.0.1:{given.get('PORT', DEFAULTS['PORT'])}",
        "ESCALATION_SECRET_KEY": given.get("ESCALATION_SECRET_KEY") or _kept_secret(var_dir),
        "ESCALATION_DATABASE_URL": f"sqlite:///{(var_dir / 'escalation.db').absolute()}",
        "ESCALATION_ALLOW_SQLITE": "1",
        "ESCALATION_MAIL_HOST": "127.0.0.1",
        "ESCALATION_MAIL_PORT": "2525",
        "ESCALATION_MAIL_STARTTLS": "0",
        "ESCALATION_MAIL_SENDER": "no-reply@demo.test",
        "ESCALATION_MAIL_MESSAGE_ID_DOMAIN": "demo.test",
        "ESCALATION_NAME": "عوائق التنمية",
        "ESCALATION_TRUSTED_HOSTS": ",".join(LOOPBACK_HOSTS),
    }


def _kept_secret(var_dir: Path) -> str:
    """The demo's own key: made once, kept for its owner only, so that sessions survive a restart."""
    path = var_dir / "secret-key"
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
