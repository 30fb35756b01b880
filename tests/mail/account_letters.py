"""Every letter about an account that tells how its owner signs in, in three languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from escalation.domain.account_codes import AccountNotice
from escalation.mail.letter import AccountFacts, Letter
from tests.mail.letters import Case

GOLDEN = Path(__file__).parent / "golden_accounts"
NAMES = {"ar": "إدريس العلمي", "fr": "Driss El Alami", "en": "Driss El Alami"}
AT = datetime(2026, 11, 30, 9, 12, tzinfo=UTC)
TURNS: Mapping[AccountNotice, Mapping[str, Mapping[str, object]]] = {
    AccountNotice.SIGN_IN_CODE: {"": {"until": AT.replace(minute=22), "secret": "048213"}},
    AccountNotice.FACTOR_ADDED: {factor: {"factor": factor} for factor in ("app", "passkey")},
    AccountNotice.FACTOR_REMOVED: {factor: {"factor": factor} for factor in ("app", "passkey")},
    AccountNotice.FACTORS_RESET: {"": {}},
    AccountNotice.RECOVERY_RENEWED: {"": {}},
    AccountNotice.RECOVERY_USED: {"": {"left": 9}, "last": {"left": 0}},
}
"""What changes the words of each: name of the turn -> facts."""


def every_account_case() -> Iterator[Case]:
    """Yield every such mail."""
    for notice, turns in TURNS.items():
        for turn, facts in turns.items():
            for language, name in NAMES.items():
                told = AccountFacts(**{"name": name, "at": AT, **facts})  # type: ignore[arg-type]
                letter = Letter(
                    event=notice.value,
                    audience="account",
                    language=language,
                    address="driss@example.test",
                    message_id="<ntf.1@example.test>",
                    event_at=AT,
                    facts=told,
                )
                yield Case(".".join(filter(None, (notice.value, turn, language))), letter)
