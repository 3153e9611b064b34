"""The tensors of a discrete network, counted without building it.

They are those of `pdarts_core.network.Network`, without batch norm's counters.
"""

from collections.abc import Iterator

from pdarts_core.genotype import GeneEntry, Genotype, nodes_returned
from pdarts_core.space.layout import (
    STEM_MULTIPLIER,
    CellLayout,
    Stem,
    discrete_layouts,
    reduction_cells,
)
from pdarts_core.space.operations import SEPARABLE_CONVOLUTIONS, SKIP_CONNECT

Shape = tuple[int, ...]
_Named = Iterator[tuple[str, Shape]]

_COLOURS = 3
_STEM_KERNEL = 3
_HEAD_CHANNELS = (128, 768)


def network_tensors(
    genotype: Genotype,
    *,
    init_channels: int,
    num_classes: int,
    layers: int,
    stem: Stem,
    auxiliary: bool,
) -> dict[str, Shape]:
    """Return the shape of each of a network's weights and statistics, in this project's names.

    Args:
        genotype: what its cells are.
        init_channels: channels of the first cell's nodes.
        num_classes: classes to tell apart.
        layers: cells.
        stem: what comes before the cells.
        auxiliary: whether there is an auxiliary head.
    """
    layouts = discrete_layouts(
        nodes_returned(genotype), init_channels=init_channels, layers=layers, stem=stem
    )
    found = dict(_stem(stem, init_channels))
    for number, layout in enumerate(layouts):
        entries = genotype.reduce if layout.reduction else genotype.normal
        found.update(_cell(f"cells.{number}", layout, entries))
    if auxiliary:
        channels = layouts[reduction_cells(layers)[1]].out_channels
        found.update(_auxiliary_head("auxiliary_head", channels, num_classes))
    found.update(_linear("classifier", layouts[-1].out_channels, num_classes))
    return found


def _stem(stem: Stem, channels: int) -> _Named:
    if stem == "cifar":
        yield from _convolution("stem", 0, _COLOURS, STEM_MULTIPLIER * channels, _STEM_KERNEL)
        return
    yield from _convolution("stem0", 0, _COLOURS, channels // 2, _STEM_KERNEL)
    yield from _convolution("stem0", 3, channels // 2, channels, _STEM_KERNEL)
    yield from _convolution("stem1", 1, channels, channels, _STEM_KERNEL)


def _cell(name: str, layout: CellLayout, entries: list[GeneEntry]) -> _Named:
    first, second = layout.in_channels
    if layout.halve_first_input:
        yield from _factorized_reduce(f"{name}.preprocess0", first, layout.channels)
    else:
        yield from _convolution(f"{name}.preprocess0.layers", 1, first, layout.channels)
    yield from _convolution(f"{name}.preprocess1.layers", 1, second, layout.channels)
    for number, entry in enumerate(entries):
        yield from _operation(f"{name}.entries.{number}", entry, layout)


def _operation(name: str, entry: GeneEntry, layout: CellLayout) -> _Named:
    operation, source = entry
    channels = layout.channels
    if operation == SKIP_CONNECT and layout.stride_from(source) == 2:
        yield from _factorized_reduce(name, channels, channels)
    if operation not in SEPARABLE_CONVOLUTIONS:
        return
    shape = SEPARABLE_CONVOLUTIONS[operation]
    for first in range(1, 4 * shape.passes, 4):  # after a ReLU
        yield f"{name}.layers.{first}.weight", (channels, 1, shape.kernel, shape.kernel)
        yield from _convolution(f"{name}.layers", first + 1, channels, channels)


def _auxiliary_head(name: str, channels: int, num_classes: int) -> _Named:
    narrow, wide = _HEAD_CHANNELS
    yield from _convolution(f"{name}.features", 2, channels, narrow)
    yield from _convolution(f"{name}.features", 5, narrow, wide, 2)
    yield from _linear(f"{name}.classifier", wide, num_classes)


def _factorized_reduce(name: str, before: int, after: int) -> _Named:
    half = after // 2
    yield f"{name}.even.weight", (half, before, 1, 1)
    yield f"{name}.odd.weight", (after - half, before, 1, 1)
    yield from _norm(f"{name}.norm", after)


def _convolution(name: str, number: int, before: int, after: int, kernel: int = 1) -> _Named:
    """Yield a convolution in a sequence, and the batch norm after it."""
    yield f"{name}.{number}.weight", (after, before, kernel, kernel)
    yield from _norm(f"{name}.{number + 1}", after)


def _norm(name: str, channels: int) -> _Named:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", (channels,)


def _linear(name: str, features: int, classes: int) -> _Named:
    yield f"{name}.weight", (classes, features)
    yield f"{name}.bias", (classes,)
