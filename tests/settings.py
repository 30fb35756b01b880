"""The settings tests run under: as in production wherever a test does not need otherwise."""

from __future__ import annotations

from pathlib import Path

from config import Config, Database, Installation, Mail, Privacy, Redis, Security

SECRET_KEY = "for-tests-only-7d1f0c6b9a2e48d3"
DISCARD_PORT = 9


def settings_for(
    database_url: str, var_dir: Path, *, redis_url: str | None = None, mail_port: int = DISCARD_PORT, asks: bool = False
) -> Config:
    """Return complete test settings on this database; mail goes to loopback.

    ``asks``: everybody proves a second time who they are, as in production; what is not about that does without.
    """
    return Config(
        environment="test",
        installation=Installation(name="عوائق التنمية", short_name="عوائق", base_url="https://localhost"),
        database=Database(url=database_url, allow_sqlite=True),
        redis=Redis(url=redis_url),
        mail=Mail(
            host="127.0.0.1",
            port=mail_port,
            sender="no-reply@example.test",
            sender_name="عوائق التنمية",
            message_id_domain="example.test",
            starttls=False,
            timeout_s=5.0,
        ),
        security=Security(secret_key=SECRET_KEY, trusted_hosts=("localhost",), asks_second_proof=asks),
        privacy=Privacy(contact="privacy@example.test", asks=False),
        var_dir=var_dir,
    )
