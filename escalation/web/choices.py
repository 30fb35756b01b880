"""What the lists of a form offer, in the page's language."""

from collections.abc import Iterable

from flask_babel import gettext as _

from escalation import labels
from escalation.models.taxonomy import ObstacleType


def types_by_group(types: Iterable[ObstacleType]) -> dict[str, list[tuple[str, str]]]:
    """Return obstacle types under the names of their groups, after the choice of none."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("", _("Choose…"))]}
    for row in types:
        groups.setdefault(labels.type_group_label(row.group), []).append((row.code, labels.name_of(row)))
    return groups
