"""What speaks against an evaluation's spec, said before it runs: that its result could mislead.

Each rule is arithmetic on the recipe and on how many images there are. This module imports no
torch, so that an HTTP service can use it.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pdarts_core.estimates.evaluation_needs import ImageCounts
from pdarts_core.estimates.spec_warnings import FEWEST_IMAGES, SpecWarning
from pdarts_core.estimates.workload import Grid
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.wording import number_of

_SIDES: Mapping[str, int] = MappingProxyType(
    {"paper-cifar10": 32, "paper-cifar100": 32, "paper-imagenet": 256}
)
"""Of the images that the paper's recipes were made for, by preset."""
_INTERVAL = 98
"""Half the 95% interval of a share of one half, in percentage points, times √n."""


@dataclass(frozen=True, kw_only=True)
class EvaluationFacts:
    """An evaluation, as far as something could speak against it."""

    config: EvaluationConfig
    preset: str
    images: ImageCounts | None
    """None where counting them would take long."""
    grid: Grid | None
    """Size of the training images; None if that is not known."""
    has_test_images: bool
    source: str
    """The field that names the genotype."""
    unfounded: str | None = None
    """The search that the genotype comes from, if its signal is `none`."""

    @property
    def trains(self) -> bool:
        """Whether it does more than test weights."""
        return self.config.epochs > 0


def evaluation_warnings(facts: EvaluationFacts) -> list[SpecWarning]:
    """Return what speaks against an evaluation."""
    return [found for rule in _RULES for found in rule(facts)]


def _no_signal(facts: EvaluationFacts) -> Iterator[SpecWarning]:
    if facts.unfounded is None:
        return
    yield SpecWarning(
        code="no_signal",
        message=f"What {facts.unfounded} decided does not stand out from chance (signal `none`), "
        "so this genotype is no better supported than one drawn at random. A search with more "
        "images or epochs may find one that rests on more than chance.",
        field=(facts.source,),
    )


def _no_test_images(facts: EvaluationFacts) -> Iterator[SpecWarning]:
    if facts.has_test_images:
        return
    held_out = facts.images and facts.images.held_out
    those = (
        f"{number_of(held_out, 'held-out training image')}, {_interval(held_out)}"
        if held_out
        else "held-out training images"
    )
    yield SpecWarning(
        code="no_test_images",
        message=f"The data set has no test images: the result will rest on {those}. "
        "For a real test, the data set needs images in test/<class>/: send it again with them, or "
        "with a test_portion that sets some aside (a shared folder: add them there).",
        field=("dataset",),
    )


def _few_test_images(facts: EvaluationFacts) -> Iterator[SpecWarning]:
    if not facts.has_test_images or facts.images is None or facts.images.tested is None:
        return
    count = facts.images.tested
    if count >= FEWEST_IMAGES:
        return
    yield SpecWarning(
        code="few_test_images",
        message=f"The result will rest on only {number_of(count, 'test image')}, "
        f"{_interval(count)}. More test images help.",
        field=("dataset",),
    )


def _interval(images: int) -> str:
    points = min(50.0, _INTERVAL / math.sqrt(max(1, images)))
    return f"where the 95% interval of an accuracy of 50% is ±{points:.1f} percentage points"


def _other_image_size(facts: EvaluationFacts) -> Iterator[SpecWarning]:
    side, grid = _SIDES.get(facts.preset), facts.grid
    if side is None or grid is None or not facts.trains or grid == Grid(side, side):
        return
    yield SpecWarning(
        code="other_image_size",
        message=f"The preset {facts.preset} is for images of {side}×{side} pixels, and these have "
        f"{grid.height}×{grid.width}: its network was not chosen for them. "
        f"An image_size of {side} resizes them; `short` and `quick` train smaller networks.",
        field=("image_size",),
    )


def _large_batch(facts: EvaluationFacts) -> Iterator[SpecWarning]:
    if facts.images is None or not facts.trains:
        return
    batch, trained = facts.config.batch_size, facts.images.trained
    if batch <= trained:
        return
    yield SpecWarning(
        code="large_batch",
        message=f"batch_size is {batch:,}, but there are only {number_of(trained, 'image')} to "
        "train on: each epoch is a single step, and the whole training takes "
        f"{number_of(facts.config.epochs, 'step')}. Smaller batches take more steps.",
        field=("batch_size",),
    )


_RULES = (
    _no_signal,
    _no_test_images,
    _few_test_images,
    _other_image_size,
    _large_batch,
)
