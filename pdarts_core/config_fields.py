"""What the fields of a configuration are made of: defaults, descriptions, bounds.

This module imports no torch, so that an HTTP service can use it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeVar

Precision = Literal["auto", "float32", "tf32", "bf16"]
PRECISIONS: tuple[Precision, ...] = ("auto", "float32", "tf32", "bf16")
LEAST_IMAGES_AT_ONCE = 2
"""The smallest part of a batch to compute at once: batch norm needs two images."""

T = TypeVar("T")


class ConfigError(ValueError):
    """A value is out of bounds or does not fit the others.

    `path` leads to it from the configuration's root, such as `("stages", 1, "num_to_keep")`.
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
    """Return the bounds of a number of a configuration."""
    return _bounds_in(config)[name]


@cache
def _bounds_in(config: type) -> Mapping[str, Bounds]:
    kinds = {kind.name for kind in fields(Bounds)}
    bounded = {item.name: kinds & item.metadata.keys() for item in fields(config)}
    return {
        item.name: Bounds(**{kind: item.metadata[kind] for kind in bounded[item.name]})
        for item in fields(config)
        if bounded[item.name]
    }


def setting(default: T, description: str, **rules: Any) -> T:
    """Return a field of a configuration, with what it means and which values it may have."""
    # A new field also needs `before`: the value that stands for what was computed before it
    # existed. Without it, no stored checkpoint could be used (pdarts_core.stages.fingerprint).
    return field(default=default, metadata={"description": description, **rules})


def seed_setting(default: int) -> int:
    """Return the field for what all draws follow from."""
    return setting(default, "Seed of every random generator", ge=0, le=2**31 - 1)


def layers_setting(default: int) -> int:
    """Return the field for the depth of a network."""
    return setting(default, "Cells of the network; two are reduction cells", ge=3, le=50)


def crop_padding_setting(**rules: Any) -> int | None:
    """Return the field for how far crops move, with further rules."""
    return setting(
        None,
        "Black pixels around an image before it is cropped back to its size; null, the default: an "
        "eighth of its shorter side, which is the paper's 4 for 32",
        ge=0,
        le=64,
        **rules,
    )


def flip_setting(**rules: Any) -> bool:
    """Return the field for whether images are mirrored, with further rules."""
    return setting(
        default=True,
        description="Mirror half of the training images left to right; `false` where the mirrored"
        " image means something else, as with digits and letters",
        **rules,
    )


def cutout_setting(*, default: bool) -> bool:
    """Return the field for whether a part of each image is hidden."""
    return setting(default=default, description="Blank out a square in each training image")


def precision_setting() -> Precision:
    """Return the field for the kind of numbers that a network computes with."""
    return setting("auto", "Of the arithmetic; `auto` is float32")


def check_bounds(config: object, path: tuple[str | int, ...]) -> None:
    """Raise ConfigError for the first number of a configuration that is out of its bounds."""
    kind: type = type(config)
    for name, bounds in _bounds_in(kind).items():
        value = getattr(config, name)
        if value is not None and not bounds.admit(value):
            raise ConfigError(f"{name} must be {bounds}, not {value}", (*path, name))


def refuse_unknown(config: type, words: Mapping[str, Any], path: tuple[str | int, ...]) -> None:
    """Raise ConfigError for the first name that a configuration has no field for."""
    known = {item.name for item in fields(config)}
    for name in words:
        if name not in known:
            raise ConfigError(f"unknown field {name}", (*path, name))
