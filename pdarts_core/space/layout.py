"""How cells follow each other in a network: the same for the search and for a discrete network."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pdarts_core.space.cells import NUM_INPUTS, NUM_NODES, CellPair

Stem = Literal["cifar", "imagenet"]
"""What comes before the cells: `cifar` keeps the images' size, `imagenet` divides it by 8."""

STEM_MULTIPLIER = 3
"""Channels of the CIFAR stem, in multiples of the first cell's."""

ALL_NODES = CellPair(normal=NUM_NODES, reduce=NUM_NODES)


@dataclass(frozen=True, kw_only=True)
class CellLayout:
    """One cell's place: which kind it is, and the channels of its two inputs and of its nodes."""

    reduction: bool
    channels: int
    """Channels of each node."""
    nodes_returned: int
    """Nodes whose outputs the cell returns, concatenated."""
    in_channels: tuple[int, int]
    """Channels of the cell before the last, and of the last."""
    halve_first_input: bool
    """The cell before is a reduction cell, so the first input is twice as large as the second."""

    @property
    def out_channels(self) -> int:
        """Channels of what the cell returns."""
        return self.nodes_returned * self.channels

    def stride_from(self, source: int) -> int:
        """Return the stride of edges from a state: 2 from the inputs of a reduction cell."""
        return 2 if self.reduction and source < NUM_INPUTS else 1


def reduction_cells(layers: int) -> tuple[int, int]:
    """Return the cells, counted from 0, that halve the images: at ⅓ and ⅔ of the depth."""
    return layers // 3, 2 * layers // 3


def cell_layouts(
    *,
    init_channels: int,
    stem_channels: int,
    layers: int,
    nodes_returned: CellPair[int] = ALL_NODES,
    reduction_before: bool = False,
) -> Iterator[CellLayout]:
    """Yield the layout of each cell, first to last.

    `reduction_before` says that the stem's two outputs differ in size like a reduction cell's.
    """
    before_last = last = stem_channels
    channels = init_channels
    for index in range(layers):
        reduction = index in reduction_cells(layers)
        if reduction:
            channels *= 2
        layout = CellLayout(
            reduction=reduction,
            channels=channels,
            nodes_returned=nodes_returned.reduce if reduction else nodes_returned.normal,
            in_channels=(before_last, last),
            halve_first_input=reduction_before,
        )
        yield layout
        before_last, last, reduction_before = last, layout.out_channels, reduction


def discrete_layouts(
    nodes_returned: CellPair[int], *, init_channels: int, layers: int, stem: Stem
) -> list[CellLayout]:
    """Return the layout of each cell of a discrete network, first to last."""
    imagenet = stem == "imagenet"
    layouts = cell_layouts(
        init_channels=init_channels,
        stem_channels=init_channels if imagenet else STEM_MULTIPLIER * init_channels,
        layers=layers,
        nodes_returned=nodes_returned,
        reduction_before=imagenet,
    )
    return list(layouts)
