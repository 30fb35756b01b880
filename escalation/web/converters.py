"""How typed values read in addresses."""

from werkzeug.routing import BaseConverter, ValidationError

from escalation.domain.codes import Action
from escalation.web.acts import ACTS


class ReferenceConverter(BaseConverter):
    """A reference like OBS-2026-00042."""

    regex = r"OBS-[0-9]{4}-[0-9]{5,7}"


class ActionConverter(BaseConverter):
    """A move that has a page, in kebab-case."""

    regex = r"[a-z]+(?:-[a-z]+)*"

    def to_python(self, value: str) -> Action:
        """Return the action of an address."""
        action = value.replace("-", "_")
        if action not in ACTS:
            raise ValidationError
        return Action(action)

    def to_url(self, value: Action) -> str:
        """Return how an action reads in an address."""
        return value.value.replace("_", "-")
