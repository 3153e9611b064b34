"""A preset as clients see it."""

from api.http.bodies import Body, described
from api.schemas.specs import SearchConfigBody
from pdarts_core.config import DEFAULT_PRESET, SearchConfig


class PresetBody(Body):
    """A named spec."""

    name: str = described("Use it as `preset` in a spec", examples=["quick"])
    default: bool = described("Whether it is used if a spec names none")
    spec: SearchConfigBody = described("What it sets")


def preset_body(name: str, config: SearchConfig) -> PresetBody:
    """Return what clients are shown of a preset."""
    return PresetBody(name=name, default=name == DEFAULT_PRESET, spec=config.to_dict())
