"""What kernels of our own take, and the same in PyTorch: do they pay, and do they agree?"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.report import Report
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.kernels.choice import kernels_serve, use_kernels
from pdarts_core.mixed.cell import NodeSum, SourceOperations
from pdarts_core.mixed.folded import FoldedNorm
from pdarts_core.space.cells import EDGES

_SIZES = ((16, 32), (32, 16), (64, 8))
"""Channels and side of the maps of the paper's cells."""
_MAPS = 12
"""In a folded norm."""
Pass = Callable[[], Sequence[Tensor]]
"""Computes outputs and gradients."""


def time_own_kernels(bench: Bench, report: Report) -> None:
    """Report the time of each part's forward and backward pass in both forms, and how they differ.

    On a device without kernels nothing is measured.
    """
    if not kernels_serve(bench.device):
        return
    for channels, side in ((2, 4),) if bench.small else _SIZES:
        for name, module, inputs in _parts(bench, channels, side):
            module.to(bench.device)
            taken, found = {}, {}
            for form, wanted in (("pytorch", False), ("kernels", True)):
                use_kernels(module, wanted=wanted)
                both = _pass(module, inputs)
                found[form] = both()
                taken[form] = round(bench.microseconds(both), 1)
            pairs = zip(found["kernels"], found["pytorch"], strict=True)
            differ = max(((a - b).norm() / b.norm()).item() for a, b in pairs)
            report("own kernels", what=name, channels=channels, side=side, us=taken, differ=differ)


def _parts(
    bench: Bench, channels: int, side: int
) -> Iterator[tuple[str, nn.Module, Sequence[Tensor]]]:
    """Yield what a cell of the first stage is made of, with inputs."""

    def images(maps: int = 1) -> Tensor:
        shape = (bench.config.batch_size, maps * channels, side, side)
        drawn = torch.randn(shape, device=bench.device)
        return drawn.contiguous(memory_format=torch.channels_last).requires_grad_()

    leaving = {edge: PRIMITIVES for edge in EDGES if edge.source == 0}
    source = SourceOperations(channels, 1, leaving)
    for parameter in source.parameters():
        nn.init.normal_(parameter, std=0.3)
    yield "operations on a state", source, [images()]
    pointwise = nn.init.normal_(torch.empty(_MAPS, channels, channels, device=bench.device))
    shares = torch.full((_MAPS,), 0.1, device=bench.device)
    weights = [pointwise.requires_grad_(), shares.requires_grad_()]
    yield "folded norm", FoldedNorm(_MAPS, channels), [images(_MAPS), *weights]
    ending = {edge: ["skip_connect"] for edge in EDGES if edge.node == EDGES[-1].node}
    skips = NodeSum(channels, dict.fromkeys(ending, 1), ending)
    yield "skip-connects of a node", skips, [images() for _ in range(len(ending))]


def _pass(module: nn.Module, inputs: Sequence[Tensor]) -> Pass:
    dropout = SkipDropout(0.0, None).to(inputs[0].device)
    shares_of_skips = torch.full((len(inputs),), 0.1, device=inputs[0].device)

    def run() -> Sequence[Tensor]:
        if isinstance(module, FoldedNorm):
            maps, pointwise, shares = inputs
            outputs = list(module([maps], pointwise, shares))
        elif isinstance(module, NodeSum):
            outputs = [module(inputs, {}, shares_of_skips, dropout)]
        else:
            outputs = [y for _, y in sorted(module(inputs[0]).items())]
        trained = [*inputs, *module.parameters()]
        gradients = torch.autograd.grad(outputs, trained, [y.detach() for y in outputs])
        return [*(y.detach() for y in outputs), *gradients]

    return run
