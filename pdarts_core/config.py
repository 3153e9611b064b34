"""What a search is asked to do: frozen, checked configuration, and the presets.

The defaults are the paper's for CIFAR-10 (arXiv 1904.12760, §4.2). Every number carries its bounds
in the field's metadata, so that an interface can show the same ones that are enforced here.
This module imports no torch, so that an HTTP service can use it.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from pdarts_core.genotype import PRIMITIVES

Precision = Literal["auto", "float32", "tf32", "bf16"]
LEAST_IMAGES_AT_ONCE = 2
"""A batch is not computed in smaller parts than this: batch norm needs two images."""
PRECISIONS: tuple[Precision, ...] = ("auto", "float32", "tf32", "bf16")

Number = TypeVar("Number", int, float)


class ConfigError(ValueError):
    """A value is out of bounds or does not fit the others.

    `path` leads to it from the configuration's root, as `("stages", 1, "num_to_keep")`.
    """

    def __init__(self, message: str, path: tuple[str | int, ...]) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The closed interval, or half-open one, that a number must lie in."""

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def admit(self, value: float) -> bool:
        """Tell whether the value is finite and inside."""
        return (
            math.isfinite(value)
            and (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )

    def as_dict(self) -> dict[str, float]:
        """Return the bounds that are set, by their names."""
        named = {"ge": self.ge, "gt": self.gt, "le": self.le, "lt": self.lt}
        return {name: bound for name, bound in named.items() if bound is not None}

    def __str__(self) -> str:
        words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
        return " and ".join(f"{words[name]} {bound:.12g}" for name, bound in self.as_dict().items())


def bounds_of(config: type, name: str) -> Bounds:
    """Return the bounds of a field of SearchConfig or StageConfig."""
    (found,) = (f for f in fields(config) if f.name == name)
    bounds: Bounds = found.metadata["bounds"]
    return bounds


def _number(default: Number, **bounds: float) -> Number:
    return field(default=default, metadata={"bounds": Bounds(**bounds)})


def _check_bounds(config: Any, path: tuple[str | int, ...]) -> None:
    for item in fields(config):
        bounds = item.metadata.get("bounds")
        value = getattr(config, item.name)
        if bounds is not None and not bounds.admit(value):
            raise ConfigError(f"{item.name} must be {bounds}, not {value}", (*path, item.name))


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """One search phase (§3.2): how deep the network is, and how many operations survive it."""

    layers: int = _number(5, ge=3, le=50)
    """Cells of the network; two of them are reduction cells."""
    num_to_keep: int = _number(1, ge=1, le=len(PRIMITIVES) - 1)
    """Operations that stay on each edge after the stage; 1 after the last."""
    dropout_rate: float = _number(0.0, ge=0, lt=1)
    """Where the dropout on skip-connects starts (§3.3)."""
    add_width: int = _number(0, ge=0, le=256)
    """Channels on top of `init_channels`."""
    epochs: int = _number(25, ge=1, le=1000)
    warmup_epochs: int = _number(10, ge=0, le=1000)
    """The epochs at the start in which only network weights are trained."""


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
    StageConfig(layers=4, num_to_keep=3, dropout_rate=0.1, epochs=5, warmup_epochs=2),
    StageConfig(layers=5, num_to_keep=1, dropout_rate=0.2, epochs=5, warmup_epochs=2),
)


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """A whole search. Raises ConfigError (a ValueError) for values that make no search."""

    seed: int = _number(2, ge=0, le=2**31 - 1)
    batch_size: int = _number(96, ge=2, le=4096)
    """Images of one step, for the weights and again for the alphas."""
    init_channels: int = _number(16, ge=1, le=256)
    stages: tuple[StageConfig, ...] = PAPER_STAGES
    learning_rate: float = _number(0.025, gt=0, le=10)
    learning_rate_min: float = _number(0.0, ge=0, le=10)
    momentum: float = _number(0.9, ge=0, lt=1)
    weight_decay: float = _number(3e-4, ge=0, le=1)
    arch_learning_rate: float = _number(6e-4, gt=0, le=10)
    arch_weight_decay: float = _number(1e-3, ge=0, le=1)
    grad_clip: float = _number(5.0, gt=0, le=1e6)
    """The largest norm of all gradients together, for weights and for alphas."""
    train_portion: float = _number(0.5, gt=0, lt=1)
    """The share of the training set that trains weights; the rest trains alphas."""
    cutout: bool = False
    cutout_length: int = _number(16, ge=1, le=512)
    """Side of the square that cutout blanks, in pixels."""
    dropout_scale_factor: float = _number(0.2, ge=0, le=10)
    """How fast dropout decays in the architecture epochs: rate·exp(−factor·epoch)."""
    max_skip_connects: int = _number(2, ge=0, le=8)
    """The limit M at which the recommended genotype is taken (§3.3)."""
    precision: Precision = "auto"
    halve_batches: bool = True
    """Where a stage runs out of memory, begin it again with each batch in twice as many parts."""

    def __post_init__(self) -> None:
        _check_bounds(self, ())
        if self.precision not in PRECISIONS:
            raise ConfigError(f"precision must be one of {', '.join(PRECISIONS)}", ("precision",))
        if self.learning_rate_min > self.learning_rate:
            raise ConfigError(
                "learning_rate_min must not exceed learning_rate", ("learning_rate_min",)
            )
        _check_stages(self.stages)

    def channels_of(self, stage: int) -> int:
        """Return the initial channels of the network of a stage, counted from 0."""
        return self.init_channels + self.stages[stage].add_width

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON types."""
        return asdict(self) | {"stages": [asdict(stage) for stage in self.stages]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SearchConfig":
        """Take back what `to_dict` gave; fields that are missing take their defaults.

        Raises:
            ConfigError: a value is out of bounds, or a field is unknown.
        """
        words = dict(values)
        _refuse_unknown(cls, words, ())
        if "stages" in words:
            words["stages"] = tuple(
                _stage_from_dict(stage, number) for number, stage in enumerate(words["stages"])
            )
        return cls(**words)

    @property
    def total_epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.epochs for stage in self.stages)


def _refuse_unknown(config: type, words: Mapping[str, Any], path: tuple[str | int, ...]) -> None:
    known = {item.name for item in fields(config)}
    for name in words:
        if name not in known:
            raise ConfigError(f"unknown field {name}", (*path, name))


def _stage_from_dict(words: Mapping[str, Any], number: int) -> StageConfig:
    _refuse_unknown(StageConfig, words, ("stages", number))
    return StageConfig(**words)


MAX_STAGES = len(PRIMITIVES) - 1


def _check_stages(stages: tuple[StageConfig, ...]) -> None:
    if not 1 <= len(stages) <= MAX_STAGES:
        raise ConfigError(f"a search has 1 to {MAX_STAGES} stages", ("stages",))
    alive = len(PRIMITIVES)
    for number, stage in enumerate(stages):
        _check_bounds(stage, ("stages", number))
        if stage.warmup_epochs > stage.epochs:
            raise ConfigError(
                f"warmup_epochs is {stage.warmup_epochs}, but the stage has {stage.epochs} epochs",
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
            "the last stage must keep 1 operation an edge",
            ("stages", len(stages) - 1, "num_to_keep"),
        )


PRESETS: Mapping[str, SearchConfig] = MappingProxyType(
    {
        "paper-cifar10": SearchConfig(),
        "paper-cifar100": SearchConfig(stages=CIFAR100_STAGES),
        "quick": SearchConfig(
            batch_size=64, init_channels=8, stages=QUICK_STAGES, learning_rate=0.05
        ),
    }
)
"""Named searches: the paper's two, and one that ends within minutes on a CPU."""
DEFAULT_PRESET = "paper-cifar10"
