"""The settings: what starts, what is refused, and that every fault is named at once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config import DEFAULTS, Config, ConfigError

SECRET = "q7Zr2mVx9Lk4Tn8Wb1Hs6Yd3Fg5Jc0Pa"


def production(**changes: str) -> dict[str, str]:
    """Return an environment that may start, with these changes."""
    return {
        "ESCALATION_BASE_URL": "https://suivi.example.ma",
        "ESCALATION_SECRET_KEY": SECRET,
        "ESCALATION_DATABASE_URL": "postgresql://app:pa55-word@db/escalation",
        "ESCALATION_REDIS_URL": "redis://:hush-hush@cache:6379/0",
        "ESCALATION_MAIL_HOST": "localhost",
        "ESCALATION_MAIL_SENDER": "no-reply@example.ma",
        "ESCALATION_NAME": "Suivi",
    } | changes


def faults_of(environ: dict[str, str]) -> tuple[str, ...]:
    """Return the faults the environment is refused for."""
    with pytest.raises(ConfigError) as refusal:
        Config.from_env(environ)
    return refusal.value.faults


def test_a_sound_environment_starts() -> None:
    config = Config.from_env(production(PATH="/usr/bin"))
    assert config.environment == "production"
    assert not config.demo
    assert config.database.url == "postgresql+psycopg://app:pa55-word@db/escalation"
    assert config.security.session_cookie_secure
    assert config.security.asks_second_proof
    assert config.security.trusted_hosts == ("suivi.example.ma",)
    assert config.mail.message_id_domain == "suivi.example.ma"
    assert config.installation.short_name == "Suivi"


def test_an_empty_environment_lists_every_missing_name_at_once() -> None:
    required = {name for name, default in DEFAULTS.items() if default is None}
    assert {fault.split()[0] for fault in faults_of({})} == required


def test_empty_values_count_as_missing() -> None:
    assert faults_of(production(ESCALATION_MAIL_HOST="  ")) == ("ESCALATION_MAIL_HOST is missing.",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESCALATION_SECRET_KEY", "short"),
        ("ESCALATION_SECRET_KEY", "a" * 64),
        ("ESCALATION_SECRET_KEY", "please-CHANGE-ME-0192837465-qwertzuiop"),
        ("ESCALATION_SECRET_KEY_FALLBACKS", f"{SECRET},weak"),
        ("ESCALATION_BASE_URL", "http://suivi.example.ma"),
        ("ESCALATION_BASE_URL", "https://[broken"),
        ("ESCALATION_BASE_URL", "https://suivi.example.ma/app"),
        ("ESCALATION_TRUSTED_HOSTS", "other.example.ma"),
        ("ESCALATION_TRUSTED_HOSTS", "suivi.example.ma,*"),
        ("ESCALATION_TRUSTED_HOSTS", "suivi.example.ma,."),
        ("ESCALATION_DATABASE_URL", "sqlite:////srv/escalation.db"),
        ("ESCALATION_MAIL_PORT", "0"),
        ("ESCALATION_MAIL_STARTTLS", "yes"),
        ("ESCALATION_ACCENT", "green"),
        ("ESCALATION_LANGUAGE", "es"),
        ("ESCALATION_PROXY_HOPS", "-1"),
        ("ESCALATION_SESSION_IDLE_MINUTES", "١٢"),
        ("ESCALATION_ENV", "staging"),
        ("ESCALATION_TYPO", "1"),
        ("PORT", "99999"),
    ],
)
def test_a_fault_is_refused_by_name(name: str, value: str) -> None:
    faults = faults_of(production(**{name: value}))
    assert len(faults) == 1
    assert faults[0].startswith(name)


def test_many_faults_are_named_together() -> None:
    environ = production(ESCALATION_SECRET_KEY="short", ESCALATION_BASE_URL="http://x.ma", ESCALATION_NAME="", PORT="x")
    named = {fault.split()[0] for fault in faults_of(environ)}
    assert named == {"ESCALATION_SECRET_KEY", "ESCALATION_BASE_URL", "ESCALATION_NAME", "PORT"}


def test_several_web_processes_need_redis() -> None:
    alone = production(WEB_CONCURRENCY="2", ESCALATION_REDIS_URL="")
    assert faults_of(alone)[0].startswith("WEB_CONCURRENCY above 1 needs ESCALATION_REDIS_URL")
    assert Config.from_env(production(WEB_CONCURRENCY="2")).web_processes == 2


def test_sqlite_starts_when_it_is_meant() -> None:
    environ = production(ESCALATION_DATABASE_URL="sqlite:////srv/e.db", ESCALATION_ALLOW_SQLITE="1")
    assert Config.from_env(environ).database.is_sqlite


def test_no_secret_is_shown() -> None:
    shown = repr(
        Config.from_env(production(ESCALATION_MAIL_PASSWORD="mail-hush", ESCALATION_SECRET_KEY_FALLBACKS=SECRET))
    )
    for secret in (SECRET, "pa55-word", "hush-hush", "mail-hush"):
        assert secret not in shown


def test_a_refusal_repeats_no_secret() -> None:
    weak = "weak-but-real"
    assert weak not in str(faults_of(production(ESCALATION_SECRET_KEY=weak)))


def test_the_demo_fills_in_everything_and_keeps_its_secret(tmp_path: Path) -> None:
    config = Config.for_demo(tmp_path / "var", 8123)
    assert config.demo
    assert config.installation.base_url == "http://127.0.0.1:8123"
    assert config.database.url == f"sqlite:///{tmp_path / 'var' / 'escalation.db'}"
    assert config.redis.is_embedded
    assert not config.security.session_cookie_secure
    assert not config.security.asks_second_proof
    secret = tmp_path / "var" / "secret-key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert Config.for_demo(tmp_path / "var", 8124).security.secret_key == config.security.secret_key


def test_the_demo_stays_on_loopback(tmp_path: Path) -> None:
    faults = faults_of(
        {"ESCALATION_ENV": "demo", "ESCALATION_VAR": str(tmp_path), "ESCALATION_BASE_URL": "https://suivi.example.ma"}
    )
    assert faults == ("ESCALATION_BASE_URL must be on loopback in the demo.",)


@pytest.mark.parametrize("hosts", ["suivi.example.ma", ".example.ma", "www.example.ma,suivi.example.ma"])
def test_hosts_that_hold_the_installations_own_are_served(hosts: str) -> None:
    trusted = Config.from_env(production(ESCALATION_TRUSTED_HOSTS=hosts)).security.trusted_hosts
    assert trusted == tuple(hosts.split(","))


def test_mail_comes_in_where_a_domain_is_named_and_nowhere_else() -> None:
    assert Config.from_env(production()).intake.domain == ""
    named = {
        "ESCALATION_INTAKE_DOMAIN": "Reply.Example.ma",
        "ESCALATION_INTAKE_IMAP_HOST": "imap.example.ma",
        "ESCALATION_INTAKE_IMAP_USERNAME": "reply",
        "ESCALATION_INTAKE_IMAP_PASSWORD": "hush-hush",
    }
    config = Config.from_env(production(**named))
    assert config.intake.domain == "reply.example.ma"
    assert config.intake.mailbox is not None
    assert (config.intake.mailbox.host, config.intake.mailbox.port) == ("imap.example.ma", 993)
    assert "hush-hush" not in repr(config)


@pytest.mark.parametrize(
    "given",
    [
        {"ESCALATION_INTAKE_DOMAIN": "not a domain"},
        {"ESCALATION_INTAKE_DOMAIN": "reply"},
        {"ESCALATION_INTAKE_IMAP_HOST": "imap.example.ma", "ESCALATION_INTAKE_IMAP_USERNAME": "x"},
        {"ESCALATION_INTAKE_DOMAIN": "reply.example.ma", "ESCALATION_INTAKE_IMAP_HOST": "imap.example.ma"},
        {"ESCALATION_INTAKE_IMAP_PORT": "0"},
    ],
)
def test_settings_of_mail_that_do_not_fit_are_refused(given: dict[str, str]) -> None:
    assert len(faults_of(production(**given))) == 1
