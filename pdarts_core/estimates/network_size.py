"""How large a genotype's discrete network is, counted without building it.

The counts are those of `pdarts_core.network.Network`. This module imports no torch, so that an
HTTP service can use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import get_args

from pdarts_core.estimates.workload import COLOURS, Grid
from pdarts_core.genotype import GeneEntry, Genotype, nodes_returned
from pdarts_core.space.layout import (
    STEM_MULTIPLIER,
    CellLayout,
    Stem,
    discrete_layouts,
    reduction_cells,
)
from pdarts_core.space.operations import SEPARABLE_CONVOLUTIONS, SKIP_CONNECT

_STEM_TAPS = 9
_HEAD_CHANNELS = (128, 768)
_HEAD_GRID = Grid(2, 2)


@dataclass(frozen=True, kw_only=True)
class NetworkSize:
    """Counts of a discrete network, or of a part of one; they add up."""

    parameters: int = 0
    multiply_adds: int = 0
    """Of one image's forward pass, in convolutions and classifiers."""

    def __add__(self, other: "NetworkSize") -> "NetworkSize":
        return NetworkSize(
            parameters=self.parameters + other.parameters,
            multiply_adds=self.multiply_adds + other.multiply_adds,
        )


@dataclass(frozen=True, kw_only=True)
class NetworkShape:
    """What a discrete network is built with besides its genotype. Defaults: CIFAR-10's (§4.3)."""

    layers: int = 20
    init_channels: int = 36
    image_size: int = 32
    """Side of the square images in pixels."""
    num_classes: int = 10
    auxiliary: bool = False
    """Whether the auxiliary head, which only training uses, is counted."""
    stem: Stem = "cifar"


def count_network(
    genotype: Genotype, shape: NetworkShape, images: Grid | None = None
) -> NetworkSize:
    """Return how large the network of a genotype is.

    Args:
        genotype: what its cells are.
        shape: what else it is built with.
        images: the size of images that are not square.

    Raises:
        ValueError: the stem is unknown.
    """
    if shape.stem not in get_args(Stem):
        raise ValueError(f"stem must be one of {', '.join(get_args(Stem))}, not {shape.stem!r}")
    layouts = discrete_layouts(
        nodes_returned(genotype),
        init_channels=shape.init_channels,
        layers=shape.layers,
        stem=shape.stem,
    )
    images = images or Grid(shape.image_size, shape.image_size)
    features = layouts[-1].out_channels
    total = _stem(shape, images) + _linear(features, shape.num_classes)
    if shape.auxiliary:
        channels = layouts[reduction_cells(shape.layers)[1]].out_channels
        total += _auxiliary_head(channels, shape)
    return sum(_cells(genotype, layouts, shape, images), total)


def grid_of_cells(stem: Stem, grid: Grid) -> Grid:
    """Return the size of the maps that a stem hands to the cells, for images of this size."""
    return grid.shrunk(2).shrunk(2).shrunk(2) if stem == "imagenet" else grid


def _cells(
    genotype: Genotype, layouts: list[CellLayout], shape: NetworkShape, grid: Grid
) -> Iterator[NetworkSize]:
    grid = grid_of_cells(shape.stem, grid)
    for layout in layouts:
        entries = genotype.reduce if layout.reduction else genotype.normal
        for channels in layout.in_channels:
            yield _convolution(channels, layout.channels, grid)
        after = grid.shrunk(2) if layout.reduction else grid
        for entry in entries:
            yield _operation(entry, layout, after)
        grid = after


def _operation(entry: GeneEntry, layout: CellLayout, after: Grid) -> NetworkSize:
    name, source = entry
    channels = layout.channels
    if name == SKIP_CONNECT and layout.stride_from(source) == 2:
        return _convolution(channels, channels, after)
    if name not in SEPARABLE_CONVOLUTIONS:
        return NetworkSize()
    shape = SEPARABLE_CONVOLUTIONS[name]
    depthwise = channels * shape.taps
    once = _convolution(channels, channels, after) + NetworkSize(
        parameters=depthwise, multiply_adds=depthwise * after.pixels
    )
    return sum([once] * shape.passes, NetworkSize())


def _stem(shape: NetworkShape, grid: Grid) -> NetworkSize:
    channels = shape.init_channels
    if shape.stem == "cifar":
        return _convolution(COLOURS, STEM_MULTIPLIER * channels, grid, _STEM_TAPS)
    total = NetworkSize()
    widths = (COLOURS, channels // 2, channels, channels)
    for before, after in pairwise(widths):
        grid = grid.shrunk(2)
        total += _convolution(before, after, grid, _STEM_TAPS)
    return total


def _auxiliary_head(channels: int, shape: NetworkShape) -> NetworkSize:
    narrow, wide = _HEAD_CHANNELS
    second = _convolution(narrow, wide, Grid(1, 1), _HEAD_GRID.pixels)
    return _convolution(channels, narrow, _HEAD_GRID) + second + _linear(wide, shape.num_classes)


def _convolution(before: int, after: int, grid: Grid, taps: int = 1) -> NetworkSize:
    """Count a dense convolution that returns images of this size, and its batch norm."""
    weights = before * after * taps
    return NetworkSize(parameters=weights + 2 * after, multiply_adds=weights * grid.pixels)


def _linear(features: int, classes: int) -> NetworkSize:
    return NetworkSize(parameters=(features + 1) * classes, multiply_adds=features * classes)
