"""What a search is asked to do: frozen, checked configuration, and the presets.

The defaults are the paper's for CIFAR-10 (arXiv 1904.12760, §4.2). Every field carries its
description and its bounds in its metadata, so that interfaces show what is enforced here: requests,
answers and clients are derived from these classes. This module imports no torch, so that an HTTP
service can use it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from pdarts_core.config_fields import (
    PRECISIONS,
    ConfigError,
    Precision,
    check_bounds,
    crop_padding_setting,
    cutout_setting,
    flip_setting,
    layers_setting,
    precision_setting,
    refuse_unknown,
    seed_setting,
    setting,
)
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import NUM_ENTRIES


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """One search phase: how deep the network is, and how many operations survive it."""

    layers: int = layers_setting(5)
    num_to_keep: int = setting(
        1,
        "Operations kept on each edge after the stage; fewer after each stage, 1 after the last",
        ge=1,
        le=len(PRIMITIVES) - 1,
    )
    dropout_rate: float = setting(
        0.0, "Where the dropout on skip-connects starts: a probability", ge=0, lt=1
    )
    add_width: int = setting(0, "Channels on top of `init_channels`", ge=0, le=256)
    epochs: int = setting(25, "Passes over the training images", ge=1, le=1000)
    warmup_epochs: int = setting(
        10, "The epochs at the start in which only weights are trained", ge=0, le=1000
    )

    @property
    def trains_architecture(self) -> bool:
        """Whether any of its epochs trains alphas."""
        return self.warmup_epochs < self.epochs


MAX_STAGES = len(PRIMITIVES) - 1
PAPER_STAGES = (
    StageConfig(layers=5, num_to_keep=5, dropout_rate=0.0),
    StageConfig(layers=11, num_to_keep=3, dropout_rate=0.4),
    StageConfig(layers=17, num_to_keep=1, dropout_rate=0.7),
)
CIFAR100_STAGES = (
    StageConfig(layers=5, num_to_keep=5, dropout_rate=0.1),
    StageConfig(layers=11, num_to_keep=3, dropout_rate=0.2),
    StageConfig(layers=17, num_to_keep=1, dropout_rate=0.3),
)
QUICK_STAGES = (
    StageConfig(layers=3, num_to_keep=5, dropout_rate=0.0, epochs=5, warmup_epochs=2),
    StageConfig(layers=3, num_to_keep=3, dropout_rate=0.1, epochs=5, warmup_epochs=2),
    StageConfig(layers=4, num_to_keep=1, dropout_rate=0.2, epochs=5, warmup_epochs=2),
)


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """A whole search. Raises ConfigError (a ValueError) for invalid values."""

    seed: int = seed_setting(2)
    batch_size: int = setting(
        96, "Images in each step, for weights and again for alphas", ge=2, le=4096
    )
    init_channels: int = setting(16, "Channels of the first cell", ge=1, le=256)
    stages: tuple[StageConfig, ...] = setting(
        PAPER_STAGES, "The search phases in their order", min_length=1, max_length=MAX_STAGES
    )
    learning_rate: float = setting(
        0.025, "Of the weights at the start; follows a cosine", gt=0, le=10
    )
    learning_rate_min: float = setting(0.0, "Of the weights at the end", ge=0, le=10)
    momentum: float = setting(0.9, "Of SGD on the weights", ge=0, lt=1)
    weight_decay: float = setting(3e-4, "Of the weights", ge=0, le=1)
    arch_learning_rate: float = setting(6e-4, "Of Adam on the alphas", gt=0, le=10)
    arch_weight_decay: float = setting(1e-3, "Of the alphas", ge=0, le=1)
    grad_clip: float = setting(
        5.0, "Largest norm of all gradients together, for weights and for alphas", gt=0, le=1e6
    )
    train_portion: float = setting(
        0.5, "Share of the images that train the weights; the rest train the alphas", gt=0, lt=1
    )
    crop_padding: int | None = crop_padding_setting(before=4)
    flip: bool = flip_setting(before=True)
    cutout: bool = cutout_setting(default=False)
    cutout_length: int = setting(16, "Side of the square in pixels", ge=1, le=512)
    dropout_scale_factor: float = setting(
        0.2,
        "How fast dropout decays in the architecture epochs: rate·exp(−factor·epoch)",
        ge=0,
        le=10,
    )
    max_skip_connects: int = setting(
        2,
        "At most this many skip-connects in the normal cell of the recommended genotype",
        ge=0,
        le=NUM_ENTRIES,
    )
    precision: Precision = precision_setting()
    halve_batches: bool = setting(
        default=True,
        description="If a stage runs out of memory, restart it with each batch in twice as many "
        "parts",
    )
    train_architecture: bool = setting(
        default=True,
        description="`false` allows stages whose epochs all train weights only: what such a stage "
        "drops is decided by how its alphas were drawn",
        before=True,
    )
    stop_on_collapse: bool = setting(
        default=False,
        description="End a stage as soon as more than half of its normal cell would be "
        "skip-connects, as DARTS+ does; `false` only reports it",
        before=False,
    )

    def __post_init__(self) -> None:
        check_bounds(self, ())
        if self.precision not in PRECISIONS:
            raise ConfigError(f"precision must be one of {', '.join(PRECISIONS)}", ("precision",))
        if self.learning_rate_min > self.learning_rate:
            raise ConfigError(
                "learning_rate_min must not exceed learning_rate", ("learning_rate_min",)
            )
        _check_stages(self.stages)

    @property
    def stages_without_architecture(self) -> list[int]:
        """The stages that train no alphas, counted from 0.

        They are no error here: searches that were stored before `train_architecture` existed have
        them and go on. Whoever takes a new spec refuses them unless the spec allows them.
        """
        return [place for place, stage in enumerate(self.stages) if not stage.trains_architecture]

    def alive_in(self, stage: int) -> int:
        """Return how many operations each edge has during a stage, counted from 0."""
        return self.stages[stage - 1].num_to_keep if stage else len(PRIMITIVES)

    def channels_of(self, stage: int) -> int:
        """Return the initial channels of the network of a stage, counted from 0."""
        return self.init_channels + self.stages[stage].add_width

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON types."""
        return asdict(self) | {"stages": [asdict(stage) for stage in self.stages]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SearchConfig":
        """Read what `to_dict` returned; missing fields take their defaults.

        Raises:
            ConfigError: a value is out of bounds, or a field is unknown.
        """
        words = dict(values)
        refuse_unknown(cls, words, ())
        if "stages" in words:
            words["stages"] = tuple(
                _stage_from_dict(stage, number) for number, stage in enumerate(words["stages"])
            )
        return cls(**words)


def _stage_from_dict(words: Mapping[str, Any], number: int) -> StageConfig:
    refuse_unknown(StageConfig, words, ("stages", number))
    return StageConfig(**words)


def _check_stages(stages: tuple[StageConfig, ...]) -> None:
    if not 1 <= len(stages) <= MAX_STAGES:
        raise ConfigError(f"a search has 1 to {MAX_STAGES} stages", ("stages",))
    alive = len(PRIMITIVES)
    for number, stage in enumerate(stages):
        check_bounds(stage, ("stages", number))
        if stage.warmup_epochs > stage.epochs:
            raise ConfigError(
                f"warmup_epochs is {stage.warmup_epochs}, but epochs is {stage.epochs}",
                ("stages", number, "warmup_epochs"),
            )
        if stage.num_to_keep >= alive:
            raise ConfigError(
                f"num_to_keep must be less than the {alive} operations alive in the stage",
                ("stages", number, "num_to_keep"),
            )
        alive = stage.num_to_keep
    if alive != 1:
        raise ConfigError(
            "the last stage must keep 1 operation on each edge",
            ("stages", len(stages) - 1, "num_to_keep"),
        )


PRESETS: Mapping[str, SearchConfig] = MappingProxyType(
    {
        "paper-cifar10": SearchConfig(),
        "paper-cifar100": SearchConfig(stages=CIFAR100_STAGES),
        "quick": SearchConfig(
            batch_size=64,
            init_channels=8,
            stages=QUICK_STAGES,
            learning_rate=0.1,
            # In some 30 steps, the paper's 6e-4 would move an alpha by no more than 0.02.
            arch_learning_rate=0.03,
        ),
        "planted": SearchConfig(
            batch_size=64,
            init_channels=4,
            stages=(StageConfig(layers=3, num_to_keep=1, epochs=11, warmup_epochs=4),),
            learning_rate=0.1,
            arch_learning_rate=0.03,
            # A crop hides the repeats at the border, and no operation sees them inside.
            crop_padding=0,
            flip=False,
        ),
    }
)
"""Named searches: the paper's two, one that ends within minutes on a CPU, and one for the data set
`planted`, on which it is known what there is to find."""
DEFAULT_PRESET = "paper-cifar10"
