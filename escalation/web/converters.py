"""How typed values read in addresses."""

from werkzeug.routing import BaseConverter

from escalation.domain.codes import Action, Remark
from escalation.web.case.acts import ACTS


class ReferenceConverter(BaseConverter):
    """A reference like OBS-2026-00042."""

    regex = r"OBS-[0-9]{4}-[0-9]{5,7}"


class TokenConverter(BaseConverter):
    """The secret of a link in a letter: 256 bits."""

    regex = r"[A-Za-z0-9_-]{43}"


class FileConverter(BaseConverter):
    """What names a file in an address: 128 bits, and nothing of when or where it came."""

    regex = r"[A-Za-z0-9_-]{22}"


class ActionConverter(BaseConverter):
    """A move that has a page, in kebab-case; the others have no address at all, whatever the method."""

    regex = "|".join(action.value.replace("_", "-") for action in ACTS)

    def to_python(self, value: str) -> Action:
        """Return the action of an address."""
        return Action(value.replace("-", "_"))

    def to_url(self, value: Action) -> str:
        """Return how an action reads in an address."""
        return value.value.replace("_", "-")


class RemarkConverter(BaseConverter):
    """A remark in kebab-case; a correction of facts, which is the form of a filing, has a page of its own kind."""

    regex = "|".join(remark.value.replace("_", "-") for remark in Remark if remark is not Remark.AMEND)

    def to_python(self, value: str) -> Remark:
        """Return the remark of an address."""
        return Remark(value.replace("-", "_"))

    def to_url(self, value: Remark) -> str:
        """Return how a remark reads in an address."""
        return str(value).replace("_", "-")


CONVERTERS: dict[str, type[BaseConverter]] = {
    "reference": ReferenceConverter,
    "token": TokenConverter,
    "file": FileConverter,
    "action": ActionConverter,
    "remark": RemarkConverter,
}
"""What a part of an address may be, by the name that rules give it."""
