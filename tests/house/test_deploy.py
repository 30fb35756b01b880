"""The files of `deploy/` can be read, start commands that exist, and set names that the program knows."""

import configparser
import re
import shlex
import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from config import DEFAULTS, KNOWN_NAMES
from tests.house.commands import unknown_commands
from tests.house.tree import ROOT, report, shown

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NAME = re.compile(r"\bESCALATION_[A-Z_]*[A-Z]\b")
PROGRAMS = ("web", "worker", "beat", "migrate")


def unit(path: Path) -> configparser.ConfigParser:
    """Return a unit as sections and keys."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, encoding="utf-8")
    return parser


def compose() -> Any:
    """Return the compose file, its anchors resolved."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_every_name_is_known() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    faults = [
        f"{shown(path)}: {name}"
        for path in files
        for name in NAME.findall(path.read_text(encoding="utf-8"))
        if name not in KNOWN_NAMES
    ]
    assert not faults, report(faults, "Set only names that config.DEFAULTS has:")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    service = unit(path)["Service"]
    words = shlex.split(service["ExecStart"])
    assert words[0] == "/opt/escalation/.venv/bin/escalation"
    assert not unknown_commands("escalation " + " ".join(words[1:]))
    assert service["EnvironmentFile"] == "/etc/escalation/environment"
    assert (service["User"], service["Restart"], service["UMask"]) == ("escalation", "always", "0077")
    # Longer than a process may take to finish the letter in hand.
    assert int(service["TimeoutStopSec"]) >= 60


def test_there_is_a_unit_for_web_worker_and_beat() -> None:
    assert [path.stem for path in UNITS] == ["escalation-beat", "escalation-web", "escalation-worker"]
    assert "--beat" in unit(UNITS[0])["Service"]["ExecStart"]


def test_the_services_of_compose_run_commands_that_exist() -> None:
    services = compose()["services"]
    assert services.keys() == {*PROGRAMS, "database", "broker", "relay"}
    faults = [
        f"{name}: {fault}" for name in PROGRAMS for fault in unknown_commands(" ".join(services[name]["command"]))
    ]
    assert not faults, report(faults, "Run only commands that `escalation --help` lists:")
    assert "--beat" in services["beat"]["command"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_compose_gives_every_program_the_same_settings(name: str) -> None:
    given = compose()["services"][name]["environment"]
    assert {key for key in given if key not in DEFAULTS} == set()
    assert given["ESCALATION_DATABASE_URL"].startswith("postgresql://")
    assert all(isinstance(value, str) for value in given.values()), "Quote numbers: a variable is a text."


def test_compose_holds_no_secret_of_its_own() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    given = re.findall(r"(?:PASSWORD: |--requirepass |://\w*:)(\S+?)(?=@|\s|$)", text)
    assert len(given) == 4
    faults = [value for value in given if not re.fullmatch(r"\$\{\w+:\?\}", value)]
    assert not faults, report(faults, "Take it from the environment, and refuse to start without it:")


def test_redis_keeps_what_it_is_given() -> None:
    command = compose()["services"]["broker"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_nginx_replaces_every_header_that_is_believed() -> None:
    text = (DEPLOY / "nginx.conf.example").read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    for header in ("Host $host", "X-Forwarded-Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
        assert f"proxy_set_header {header};" in text
    assert re.search(r"location /healthz/ \{[^}]*deny all;", text), (
        "The state of the installation is not for the public."
    )


def test_nginx_speaks_no_tls_that_is_weak() -> None:
    text = (DEPLOY / "nginx.conf.example").read_text(encoding="utf-8")
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    found = re.search(r"ssl_ciphers (.+);", text)
    assert found
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(found.group(1))
    weak = [one["name"] for one in context.get_ciphers() if not (one["aead"] and one["kea"] in ("kx-ecdhe", "kx-any"))]
    assert not weak, weak
    assert "return 301 https://" in text
    assert "server_tokens off;" in text
    assert "access_log off;" in text, "An address of a page says who read which case."
