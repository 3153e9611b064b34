"""What one training step of a search network computes and keeps, counted without building it.

The counts follow from the layout of the cells and from the operations alive on each edge. They
are those of `SearchNetwork`, which computes only once what edges have in common. This module
imports no torch, so that an HTTP service can use it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from pdarts_core.space.cells import CONCAT, EDGES
from pdarts_core.space.layout import STEM_MULTIPLIER, CellLayout, cell_layouts
from pdarts_core.space.operations import (
    MAX_POOL,
    POOLING_NAMES,
    SEPARABLE_CONVOLUTIONS,
    SKIP_CONNECT,
)

FLOAT_BYTES = 4
_INDEX_BYTES = 8
"""Max pooling keeps where each maximum was."""
_STEM_KERNEL = 9
COLOURS = 3


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Counts of one step, or of a part of one; they add up."""

    parameters: int = 0
    """Weights, alphas not counted."""
    cells: int = 0
    terms: int = 0
    """Operations on edges that compute anything; each costs calls whatever the batch is."""
    saved_bytes: int = 0
    """Of an image: what the backward pass of a step reads, in float32."""
    saved_once_bytes: int = 0
    """Of a step, however many images it has: what the backward pass reads of statistics."""
    depthwise: int = 0
    """Multiply-adds of an image's forward pass in depthwise convolutions."""
    dense: int = 0
    """Multiply-adds of an image's forward pass in all others."""

    def __add__(self, other: "Workload") -> "Workload":
        names = [field.name for field in fields(self)]
        return Workload(**{name: getattr(self, name) + getattr(other, name) for name in names})


class Grid(NamedTuple):
    """Height and width in pixels."""

    height: int
    width: int

    def shrunk(self, stride: int) -> "Grid":
        """Return the size after a step with this stride."""
        return Grid(-(-self.height // stride), -(-self.width // stride))

    @property
    def pixels(self) -> int:
        """Height times width."""
        return self.height * self.width

    @property
    def is_odd(self) -> bool:
        """Tell whether a side is odd, so that halving it needs padding."""
        return self.height % 2 == 1 or self.width % 2 == 1


@dataclass(frozen=True, kw_only=True)
class SearchNetworkShape:
    """A search network and its images, as far as they decide what is computed."""

    init_channels: int
    num_classes: int
    layers: int
    kept_normal: Sequence[Sequence[str]]
    kept_reduce: Sequence[Sequence[str]]
    grid: Grid
    has_dropout: bool = False
    """Dropout after skip-connects is active."""
    has_copies: bool = True
    """Each node copies the maps that it sums, to have them side by side; large ones on a CPU it
    does not."""


def cell_workloads(shape: SearchNetworkShape) -> Iterator[Workload]:
    """Yield what each cell adds, first to last."""
    grid = before = shape.grid
    for number, layout in enumerate(_layouts(shape), start=1):
        kept = shape.kept_reduce if layout.reduction else shape.kept_normal
        cell = _inputs(layout, before, grid)
        for source in range(CONCAT[-1]):
            leaving = [
                names for edge, names in zip(EDGES, kept, strict=True) if edge.source == source
            ]
            stride = layout.stride_from(source)
            at = grid.shrunk(2) if layout.reduction and stride == 1 else grid
            cell += _source(shape, layout.channels, at, stride, leaving)
        before, grid = grid, grid.shrunk(2 if layout.reduction else 1)
        if number < shape.layers:  # the ReLU of its output is read by the two cells after it
            rectified = layout.out_channels * grid.pixels
            cell += Workload(saved_bytes=rectified * FLOAT_BYTES)
        yield cell


def network_workload(shape: SearchNetworkShape) -> Workload:
    """Return the counts of a whole network."""
    stem = STEM_MULTIPLIER * shape.init_channels
    pixels = shape.grid.pixels
    weights = COLOURS * _STEM_KERNEL * stem
    features = _layouts(shape)[-1].out_channels
    # The images, the stem before its batch norm, and after the ReLU that the cells share.
    total = Workload(
        parameters=weights + 2 * stem + (features + 1) * shape.num_classes,
        saved_bytes=(COLOURS + 2 * stem) * pixels * FLOAT_BYTES,
        dense=weights * pixels + features * shape.num_classes,
    )
    return sum(cell_workloads(shape), total)


def _layouts(shape: SearchNetworkShape) -> list[CellLayout]:
    stem = STEM_MULTIPLIER * shape.init_channels
    return list(
        cell_layouts(init_channels=shape.init_channels, stem_channels=stem, layers=shape.layers)
    )


def _inputs(layout: CellLayout, before: Grid, grid: Grid) -> Workload:
    """Count the preprocessing of a cell's two inputs."""
    weights = sum(channels * layout.channels for channels in layout.in_channels)
    normed = 2 * layout.channels * grid.pixels
    padded = 0
    if layout.halve_first_input and before.is_odd:
        padded = layout.in_channels[0] * (2 * grid.height) * (2 * grid.width)
    return Workload(
        parameters=weights,
        cells=1,
        saved_bytes=(normed + padded) * FLOAT_BYTES,
        dense=weights * grid.pixels,
    )


def _source(
    shape: SearchNetworkShape,
    channels: int,
    grid: Grid,
    stride: int,
    leaving: Sequence[Sequence[str]],
) -> Workload:
    """Count the operations on the edges that leave one state of a cell."""
    alive = {name for names in leaving for name in names}
    convolutions = [name for names in leaving for name in names if name in SEPARABLE_CONVOLUTIONS]
    skips = sum(SKIP_CONNECT in names for names in leaving)
    poolings = alive.intersection(POOLING_NAMES)
    reductions = skips if stride == 2 else 0
    after = grid.shrunk(stride)
    maps_before = bool(poolings) + bool(convolutions or reductions)
    separable = [SEPARABLE_CONVOLUTIONS[name] for name in convolutions]
    pooled = sum(name in poolings for names in leaving for name in names)
    maps_after = pooled if shape.has_copies else len(poolings)
    maps_after += sum(kind.kept_maps for kind in separable)
    if stride == 2:
        maps_after += 2 * (reductions if shape.has_copies else bool(reductions))
        maps_after += sum(kind.dilation > 1 for kind in set(separable))
    elif shape.has_dropout:
        maps_after += skips
    saved = (maps_before * grid.pixels + maps_after * after.pixels) * FLOAT_BYTES
    if MAX_POOL in poolings:
        saved += after.pixels * _INDEX_BYTES
    taps = sum(kind.taps * kind.passes for kind in separable)
    matrices = sum(kind.passes for kind in separable) + reductions
    # Each normed map has C×C products of its channels and the matrix times its scale, and a copy of
    # the matrix where it ends in a node; those of reductions are twice as wide.
    products = 2 * matrices + len(separable) + 3 * pooled + 4 * reductions
    vectors = 4 * (matrices + pooled)
    return Workload(
        parameters=channels * taps + channels * channels * matrices,
        terms=matrices + pooled + skips - reductions,
        saved_bytes=channels * saved,
        saved_once_bytes=channels * (channels * products + vectors) * FLOAT_BYTES,
        depthwise=channels * taps * after.pixels,
        dense=channels * channels * (matrices + pooled + reductions) * after.pixels,
    )
