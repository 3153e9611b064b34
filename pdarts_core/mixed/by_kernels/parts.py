"""What a cell with kernels of our own is made of, and what its forward pass leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from pdarts_core.kernels.depthwise_fan import Fan, Maps, Sizes
from pdarts_core.kernels.folded_norm import Folded
from pdarts_core.mixed.by_kernels.plan import CellPlan, SourcePlan
from pdarts_core.mixed.folded import FoldedNorm
from pdarts_core.parallel.batch_share import BatchShare


class SourceWeights(NamedTuple):
    """Of the operations on a state."""

    first: list[Tensor]
    """Of each of KINDS, [E, C, 1, k, k]; E may be 0."""
    second: list[Tensor]
    """The same of second passes."""
    pointwise: Tensor | None
    """Between them, [E, C, C]; None if nothing passes twice."""


class CellWeights(NamedTuple):
    """Of a cell."""

    sources: list[SourceWeights]
    nodes: list[Tensor | None]
    """The last 1×1 convolutions of each node's operations, [V, C, C]; None if there are none."""


class OperationShares(NamedTuple):
    """Of a cell's operations, in its plan's order; or their gradients."""

    maps: Tensor
    """[U]."""
    skips: Tensor
    """[S]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CellParts:
    """What a cell consists of besides its weights."""

    plan: CellPlan
    places: Tensor
    """Those of the plan, int32."""
    channels: int
    source_norms: Sequence[FoldedNorm | None]
    node_norms: Sequence[FoldedNorm | None]
    share: BatchShare


class SourceMade(NamedTuple):
    """What a backward pass needs of the operations on a state."""

    first: Tensor
    """Maps before their norm and second pass, [P, n·C]."""
    normed: Tensor
    """The same after the norm."""
    winners: Tensor
    """See `pdarts_core.kernels.depthwise_fan.Maps`."""
    folded: Folded | None


class Made(NamedTuple):
    """What a forward pass leaves for the backward pass: pixels of maps side by side."""

    inputs: list[Tensor]
    """[P, C] each."""
    nodes: Tensor
    """[P', 4·C]."""
    maps: Tensor
    """[P', U·C]."""
    sources: list[SourceMade]
    folded: list[Folded | None]
    """Of each node."""

    def states(self, channels: int) -> list[Tensor]:
        """Return the pixels of inputs and nodes, [P, C] each."""
        return [*self.inputs, *columns(self.nodes, channels)]


def columns(rows: Tensor, channels: int) -> Sequence[Tensor]:
    """View each of several maps side by side, [P, n·C]."""
    return torch.split(rows, channels, dim=1)


def part_of(rows: Tensor, channels: int, maps: slice) -> Tensor:
    """View some of several maps side by side, [P, n·C]."""
    return rows[:, maps.start * channels : maps.stop * channels]


def fan_of(source: SourcePlan, sizes: Sizes) -> Fan:
    """Return what is computed from a state of those sizes."""
    most, average = source.poolings
    return Fan(sizes, source.stride, shared=True, max_poolings=most, average_poolings=average)


def second_pass(sizes: Sizes) -> Fan:
    """Return what is computed from maps of those sizes, each of which has a kernel of its own."""
    return Fan(sizes, stride=1, shared=False)


def after_second_pass(maps: Tensor, winners: Tensor) -> Maps:
    """Return where a second pass has its maps: all are undilated."""
    return Maps(maps, maps[:, :0], winners[:, :0])
