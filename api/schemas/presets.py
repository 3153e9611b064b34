"""A preset as clients see it."""

from typing import Any

from api.http.bodies import Body, described
from api.schemas.specs import StageSpec
from pdarts_core.config import DEFAULT_PRESET, Precision, SearchConfig


class SearchConfigBody(Body):
    """What a preset sets; the fields are described in SearchRequest."""

    seed: int
    batch_size: int
    init_channels: int
    stages: list[StageSpec]
    learning_rate: float
    learning_rate_min: float
    momentum: float
    weight_decay: float
    arch_learning_rate: float
    arch_weight_decay: float
    grad_clip: float
    train_portion: float
    cutout: bool
    cutout_length: int
    dropout_scale_factor: float
    max_skip_connects: int
    precision: Precision
    halve_batches: bool


class PresetBody(Body):
    """A named spec."""

    name: str = described("For the `preset` of a spec", examples=["quick"])
    default: bool = described("Whether it is taken where a spec names none")
    spec: SearchConfigBody = described("What it sets")


def preset_body(name: str, config: SearchConfig) -> PresetBody:
    """Return what clients are shown of a preset."""
    values: dict[str, Any] = config.to_dict()
    return PresetBody(name=name, default=name == DEFAULT_PRESET, spec=SearchConfigBody(**values))
