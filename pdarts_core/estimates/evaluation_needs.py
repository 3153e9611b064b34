"""The least memory that training a genotype's network takes, counted without building it.

This module imports no torch, so that an HTTP service can use it.
"""

from pdarts_core.estimates.network_size import NetworkShape, count_network
from pdarts_core.estimates.workload import Grid
from pdarts_core.genotype import Genotype, nodes_returned
from pdarts_core.space.layout import discrete_layouts

_FLOAT = 4
_COPIES = 3
"""Of each weight: itself, its gradient, its momentum."""
_SAVED = 2
"""Bytes of a number that is kept for the gradients; with less precise arithmetic it is half."""


def least_training_memory(genotype: Genotype, shape: NetworkShape, *, images_at_once: int) -> int:
    """Return bytes without which no device can take a step: less than it really takes.

    Args:
        genotype: what the network is made of.
        shape: what else it is built with.
        images_at_once: images of each batch that are computed together.
    """
    weights = count_network(genotype, shape).parameters
    grid = Grid(shape.image_size, shape.image_size)
    if shape.stem == "imagenet":
        grid = grid.shrunk(2).shrunk(2).shrunk(2)
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
