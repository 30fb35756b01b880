"""The errors a caller of the domain and of the services must meet; the web turns each into a page, once."""

from collections.abc import Sequence


class DomainError(Exception):
    """A refusal that has a cause a person can read."""


class NotFound(DomainError):
    """There is no such thing, or it is outside the reader's territory: the two look the same."""


class NotAllowed(DomainError):
    """No mandate of this actor allows the act."""

    def __init__(self, action: str, reason: str = "no_mandate") -> None:
        super().__init__(f"{action}: {reason}")
        self.action = action
        self.reason = reason


class TransitionNotAllowed(DomainError):
    """The table of moves has no such row from this status and level, or a rule under it forbids the move."""

    def __init__(self, action: str, status: str, level: str, reason: str = "no_such_move") -> None:
        super().__init__(f"{action} from {status} at {level}: {reason}")
        self.action = action
        self.status = status
        self.level = level
        self.reason = reason


class LinkClosed(DomainError):
    """A link of a letter opens nothing any more; ``reason`` is ``unknown``, ``used``, ``revoked`` or ``expired``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MissingInput(DomainError):
    """A move lacks what its row of the table needs."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)


class WrongInput(DomainError):
    """One field of a move holds what cannot stand; ``reason`` is a code."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class StaleObstacle(DomainError):
    """The obstacle moved between the page and the act."""

    def __init__(self, reference: str | None, seen_version: int, version: int, obstacle_id: int | None = None) -> None:
        super().__init__(f"{reference}: seen {seen_version}, now {version}")
        self.obstacle_id = obstacle_id
        self.reference = reference
        self.seen_version = seen_version
        self.version = version


class AlreadySubmitted(DomainError):
    """The same form came before with another content; what it did stands."""

    def __init__(self, obstacle_id: int) -> None:
        super().__init__(f"obstacle {obstacle_id}")
        self.obstacle_id = obstacle_id
