"""What training and testing a genotype's network takes, counted without building it.

This module imports no torch, so that an HTTP service can use it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pdarts_core.estimates.network_size import NetworkShape, count_network, grid_of_cells
from pdarts_core.estimates.workload import Grid
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype, nodes_returned
from pdarts_core.images.class_sizes import at_most, halves
from pdarts_core.space.layout import discrete_layouts

_FLOAT = 4
_COPIES = 3
"""Of each weight: itself, its gradient, its momentum."""
_SAVED = 2
"""Bytes of a number that is kept for the gradients; with less precise arithmetic it is half."""
_PASSES = 3
"""Of an image that is trained on: forward once, and backward for the feature maps and for the
weights."""


@dataclass(frozen=True, kw_only=True)
class ImageCounts:
    """The images that an evaluation works with."""

    trained: int
    """In each epoch."""
    held_out: int
    """Training images that no weights are trained on."""
    tested: int | None
    """0 where there is no test set; None where counting would take long."""


def count_images(
    config: EvaluationConfig,
    class_sizes: Sequence[int],
    *,
    max_images: int | None,
    tested: int | None,
) -> ImageCounts:
    """Return how many images an evaluation trains on and measures on.

    Args:
        config: the recipe.
        class_sizes: the training images of each class.
        max_images: the most of them that are used.
        tested: the test images, as in ImageCounts.
    """
    sizes = at_most(class_sizes, max_images)
    if not config.valid_portion:
        return ImageCounts(trained=sum(sizes), held_out=0, tested=tested)
    trained, held_out = halves(sizes, 1 - config.valid_portion)
    return ImageCounts(trained=trained, held_out=held_out, tested=tested)


def count_multiply_adds(
    genotype: Genotype, shape: NetworkShape, config: EvaluationConfig, images: ImageCounts
) -> float:
    """Return the multiply-adds of a whole evaluation; the test's are left out if not counted.

    Args:
        genotype: what the network is made of.
        shape: what else it is built with.
        config: the recipe.
        images: how many there are.
    """
    plain = replace(shape, auxiliary=False)
    trained = replace(shape, auxiliary=config.auxiliary_weight > 0)
    steps = _PASSES * config.epochs * images.trained
    if images.tested == 0 and config.epochs == 0:
        measured = images.held_out
    else:
        measured = config.epochs * images.held_out + (images.tested or 0)
    return float(
        steps * count_network(genotype, trained).multiply_adds
        + measured * count_network(genotype, plain).multiply_adds
    )


def least_training_memory(genotype: Genotype, shape: NetworkShape, *, images_at_once: int) -> int:
    """Return bytes without which no device can take a step: less than it really takes.

    Args:
        genotype: what the network is made of.
        shape: what else it is built with.
        images_at_once: images of each batch that are computed together.
    """
    weights = count_network(genotype, shape).parameters
    grid = grid_of_cells(shape.stem, Grid(shape.image_size, shape.image_size))
    kept = 0
    layouts = discrete_layouts(
        nodes_returned(genotype),
        init_channels=shape.init_channels,
        layers=shape.layers,
        stem=shape.stem,
    )
    for layout in layouts:
        grid = grid.shrunk(2) if layout.reduction else grid
        kept += layout.out_channels * grid.pixels
    return _FLOAT * _COPIES * weights + _SAVED * images_at_once * kept
