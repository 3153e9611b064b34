"""What kernels of our own take, and the same in PyTorch: do they pay, and do they agree?"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.report import Report
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.kernels.choice import kernels_serve, use_kernels
from pdarts_core.mixed.cell import SearchCell
from pdarts_core.space.cells import EDGES, NUM_NODES
from pdarts_core.space.layout import CellLayout
from pdarts_core.space.operations import OPERATIONS

_SIZES = ((16, 32), (32, 16), (64, 8))
"""Channels and side of the maps of the paper's cells."""
_FEW = ("skip_connect", "sep_conv_3x3")
"""Operations alive where kernels are interpreted, which takes long."""
Pass = Callable[[], Sequence[Tensor]]
"""Computes outputs and gradients."""


def time_own_kernels(bench: Bench, report: Report) -> None:
    """Report the time of cells' forward and backward pass in both forms, and how they differ.

    On a device without kernels nothing is measured.
    """
    if not kernels_serve(bench.device):
        return
    for channels, side in ((2, 4),) if bench.small else _SIZES:
        for name, cell, inputs in _cells(bench, channels, side):
            cell.to(bench.device)
            taken, found = {}, {}
            for form, wanted in (("pytorch", False), ("kernels", True)):
                use_kernels(cell, wanted=wanted)
                both = _pass(cell, inputs)
                found[form] = both()
                taken[form] = round(bench.microseconds(both), 1)
            pairs = zip(found["kernels"], found["pytorch"], strict=True)
            differ = max(((a - b).norm() / b.norm()).item() for a, b in pairs)
            report("own kernels", what=name, channels=channels, side=side, us=taken, differ=differ)


def _cells(
    bench: Bench, channels: int, side: int
) -> Iterator[tuple[str, SearchCell, Sequence[Tensor]]]:
    """Yield a cell of each kind with all operations of the first stage (small: two), and inputs."""
    for name, reduction in (("normal cell", False), ("reduction cell", True)):
        layout = CellLayout(
            reduction=reduction,
            channels=channels,
            nodes_returned=NUM_NODES,
            in_channels=(NUM_NODES * channels, NUM_NODES * channels),
            halve_first_input=False,
        )
        cell = SearchCell(layout, [list(_alive(bench)) for _ in EDGES])
        for parameter in cell.parameters():
            nn.init.normal_(parameter, std=0.3)
        shape = (bench.config.batch_size, NUM_NODES * channels, side, side)
        drawn = [torch.rand(shape, device=bench.device) for _ in range(2)]
        last = [x.contiguous(memory_format=torch.channels_last) for x in drawn]
        yield name, cell, [x.requires_grad_() for x in last]


def _alive(bench: Bench) -> Sequence[str]:
    return _FEW if bench.small else list(OPERATIONS)


def _pass(cell: SearchCell, inputs: Sequence[Tensor]) -> Pass:
    device = inputs[0].device
    dropout = SkipDropout(0.0, None).to(device)
    alive = len(cell.kept[EDGES[0]])
    shares = torch.full((len(EDGES), alive), 0.1, device=device).requires_grad_()

    def run() -> Sequence[Tensor]:
        output = cell(*inputs, cell.in_order(shares), dropout, rectify=True)
        trained = [*inputs, shares, *cell.parameters()]
        gradients = torch.autograd.grad(output, trained, output.detach())
        return [output.detach(), *gradients]

    return run
