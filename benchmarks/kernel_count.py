"""How many kernels a training step of each stage launches, and how many bytes they move.

Counted without a GPU: the network runs forward and backward on tensors without contents (torch's
device `meta`), on the path that it takes on a GPU, and every operation that torch is asked for is
counted that computes something. Each is one kernel at least, and reads its inputs and writes its
outputs once. Augmentation and optimizer, some 30 kernels in all, are left out. Each step is counted
twice: in PyTorch alone, and with kernels of our own (pdarts_core.kernels).

    python -m benchmarks.kernel_count [--stages 1,2,3] [--batch-size 96]

Printed are a table and, as the last line, the same as JSON.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from benchmarks.step_trial import kept_operations
from pdarts_core.config import PRESETS
from pdarts_core.kernels.choice import use_kernels
from pdarts_core.search_network import SearchNetwork

OPERATIONS = (8, 5, 3)
"""Alive in each stage."""
_NOTHING = frozenset(
    f"aten::{name}"
    for name in (
        "empty",
        "empty_like",
        "empty_strided",
        "new_empty",
        "detach",
        "_unsafe_view",
        "promote_types",
    )
)
"""What computes nothing, besides what its schema calls a view."""
_MOST_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Count:
    """A step of one kind in one stage."""

    stage: int
    kind: str
    own_kernels: bool
    """Whether it computes with kernels of our own."""
    kernels: int
    gigabytes: float
    most: Mapping[str, int]
    """The operations that are asked for most often."""


class KernelCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what torch is asked to compute while it is entered."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: Counter[str] = Counter()
        self.bytes = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Count one operation."""
        result = func(*args, **(kwargs or {}))
        name = func.name().partition(".")[0]
        if name == "aten::convolution":
            # On devices with contents, channels stay last; without this, copies would be counted.
            result = result.contiguous(memory_format=torch.channels_last)
        if name not in _NOTHING and not _is_view(func):
            self.calls[name] += 1
            count: Callable[..., int] = _SOME_OF_THE_MAPS.get(name, _bytes)
            self.bytes += count(*args, *(kwargs or {}).values(), result)
        return result


def _bytes(*given: Any) -> int:
    """Return how much there is in tensors."""
    tensors = [leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor)]
    return sum(t.numel() * t.element_size() for t in tensors)


def _bytes_of_fan(
    rows: Tensor,
    weights: Sequence[Tensor],
    places: Tensor,
    _fan: Sequence[int],
    undilated: Tensor,
    _others: Tensor,
    winners: Tensor,
    _result: None,
) -> int:
    maps = len(places) * len(undilated) * weights[0].shape[1] * undilated.element_size()
    return maps + _bytes(rows, weights, places, winners)


def _bytes_of_fan_gradients(
    given: Sequence[Tensor],
    weights: Sequence[Tensor],
    fan: Sequence[int],
    skips: Sequence[Tensor],
    bits: Tensor | None,
    *made: Tensor | None,
) -> int:
    undilated, _, winners, rows, places = given
    map_size = weights[0].shape[1] * undilated.element_size()
    of_maps = len(places) * len(undilated) * map_size
    if skips:
        nodes, of_nodes, *_ = skips
        for_each = of_nodes.element_size() + (0 if bits is None else bits.element_size())
        of_maps += len(nodes) // 2 * len(rows) * weights[0].shape[1] * for_each
    before = _bytes(made[0]) if fan[-1] else 0
    return of_maps + before + _bytes(winners, rows, weights, places, made)


_SOME_OF_THE_MAPS: Mapping[str, Callable[..., int]] = {
    "pdarts::run_fan": _bytes_of_fan,
    "pdarts::fan_gradients": _bytes_of_fan_gradients,
}
"""How much is moved by what is given a tensor with all maps of a cell, and touches some."""


def _is_view(func: Any) -> bool:
    """Tell whether an operation only looks at its input in another way."""
    returns = func._schema.returns  # noqa: SLF001  there is no other way to ask
    return bool(returns) and all(r.alias_info and not r.alias_info.is_write for r in returns)


def count_step(
    stage: int, kind: str, *, own_kernels: bool, batch_size: int, init_channels: int = 16
) -> Count:
    """Count a step of the weights or of the alphas in one of the paper's stages, from 1."""
    config = PRESETS["paper-cifar10"].stages[stage - 1]
    with torch.device("meta"):
        network = SearchNetwork(
            init_channels=init_channels,
            num_classes=10,
            layers=config.layers,
            kept_normal=kept_operations(OPERATIONS[stage - 1], 0),
            kept_reduce=kept_operations(OPERATIONS[stage - 1], 1),
            dropout_rate=config.dropout_rate,
        )
        use_kernels(network, wanted=own_kernels)
        counter = _counted(network, kind, batch_size)
    return Count(
        stage=stage,
        kind=kind,
        own_kernels=own_kernels,
        kernels=counter.calls.total(),
        gigabytes=counter.bytes / 1e9,
        most=dict(counter.calls.most_common(_MOST_SHOWN)),
    )


def _counted(network: SearchNetwork, kind: str, batch_size: int) -> KernelCounter:
    weights, alphas = network.weight_parameters(), network.architecture_parameters()
    trained, frozen = (weights, alphas) if kind == "weights" else (alphas, weights)
    for parameter in frozen:
        parameter.requires_grad = False
    images = torch.empty(batch_size, 3, 32, 32)
    labels, counter = torch.empty(batch_size, dtype=torch.int64), KernelCounter()
    # There is no autocast of tensors without contents.
    with (
        patch("torch.autocast", lambda *_, **__: nullcontext()),
        patch("torch.is_autocast_enabled", return_value=False),
        counter,
    ):
        loss = F.cross_entropy(network(images), labels)
        torch.autograd.backward(loss, inputs=list(trained))
    return counter


def main(stages: Sequence[int], batch_size: int, show: Callable[[str], None] = print) -> None:
    """Count every kind of step, and print the table and the line of JSON."""
    counts = [
        count_step(stage, kind, own_kernels=own_kernels, batch_size=batch_size)
        for stage in stages
        for kind in ("weights", "alphas")
        for own_kernels in (False, True)
    ]
    show("stage  step     with     kernels  GB moved  most often")
    for count in counts:
        most = ", ".join(f"{name.removeprefix('aten::')} {n}" for name, n in count.most.items())
        computes = "Triton" if count.own_kernels else "PyTorch"
        show(
            f"{count.stage:5d}  {count.kind:7s}  {computes:7s} {count.kernels:8d}"
            f" {count.gigabytes:9.1f}  {most}"
        )
    show(
        json.dumps(
            {
                "benchmark": "kernel_count",
                "torch": torch.__version__,
                "batch_size": batch_size,
                "steps": [asdict(count) for count in counts],
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stages", default="1,2,3", help="which of the paper's stages, from 1")
    parser.add_argument("--batch-size", type=int, default=96)
    given = parser.parse_args()
    main([int(stage) for stage in given.stages.split(",")], given.batch_size)
