"""How typed values read in addresses."""

from werkzeug.routing import BaseConverter


class ReferenceConverter(BaseConverter):
    """A reference like OBS-2026-00042."""

    regex = r"OBS-[0-9]{4}-[0-9]{5,7}"
