"""An evaluation's step in other precisions and layouts, and compiled, against the step as it is.

Measured are whole steps on one batch: forward and backward pass, clipping and optimizer. Each
variant has the same weights at its beginning; they take turns in one process, where processor time
tells more than the clock if a machine has other work to do.

    python -m benchmarks.evaluation_variants [--recipe quick] [--batch-size 64] [--turns 5]
        [--threads 1] [--device cpu] [--variants float32,bf16,contiguous,compiled]

`float32` is the step as evaluations take it: float32, with the channels of images and maps as their
last dimension in memory. `bf16` is autocast (`precision` of the recipe), `contiguous` has the
channels first, `compiled` is `torch.compile` of the network. Printed are a table and, as the last
line, the same as JSON: seconds of a step by the clock and of the processor (median of the turns,
quartiles), by how much less processor time than the first variant (turn by turn), what comes before
the first turn, and the loss that the last step had.
"""

import argparse
import json
import os
import time
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from typing import cast

import torch
from torch import Tensor

from benchmarks.evaluation_step import CLASSES, SIZE
from benchmarks.hardware import describe
from benchmarks.processor_time import processor_seconds
from benchmarks.search_step import Spread, spread
from pdarts_core.evaluation import EVALUATION_PRESETS, EvaluationConfig, make_optimizer
from pdarts_core.evaluation import training_step as take_step
from pdarts_core.network import Network
from pdarts_core.recipe.training import make_network
from tests.support.genotypes import RELEASED

VARIANTS = ("float32", "bf16", "contiguous", "compiled")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What to measure, and how."""

    recipe: str
    batch_size: int
    turns: int
    threads: int
    device: str
    variants: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VariantResult:
    """What a step takes in one variant."""

    seconds: Spread
    processor_seconds: Spread
    speedup: Spread
    """The processor time of the first variant for each second of this one, turn by turn."""
    first_seconds: float
    """Of the first step, by the clock: what compiles or chooses kernels does it there."""
    loss: float
    """Of the last step."""


class Variant:
    """A network and its optimizer, and what its steps took."""

    def __init__(self, name: str, config: EvaluationConfig, network: Network) -> None:
        self._config = replace(config, precision="bf16") if name == "bf16" else config
        first = name == "contiguous"
        self._layout = torch.contiguous_format if first else torch.channels_last
        self._network = network
        if name == "compiled":
            self._network = cast("Network", torch.compile(network))
        self._optimizer = make_optimizer(network, config)
        self.seconds: list[float] = []
        self.processor: list[float] = []
        self.loss = 0.0

    def step(self, images: Tensor, labels: Tensor) -> None:
        """Take a step, and note what it took."""
        images = images.contiguous(memory_format=self._layout)
        began = time.perf_counter(), processor_seconds(os.getpid())
        result = take_step(self._network, self._optimizer, images, labels, self._config)
        self.loss = float(result.loss)
        self.seconds.append(time.perf_counter() - began[0])
        self.processor.append(processor_seconds(os.getpid()) - began[1])


def measure(setting: Setting) -> Mapping[str, VariantResult]:
    """Let the variants take turns."""
    device = torch.device(setting.device)
    config = EVALUATION_PRESETS[setting.recipe]
    generator = torch.Generator().manual_seed(0)
    network = make_network(config, RELEASED, CLASSES, generator)
    variants = {
        name: Variant(name, config, deepcopy(network).to(device)) for name in setting.variants
    }
    shape = (setting.batch_size, 3, SIZE, SIZE)
    images = torch.randn(shape, generator=generator).to(device)
    labels = torch.arange(setting.batch_size, device=device) % CLASSES
    for _ in range(setting.turns + 1):
        for variant in variants.values():
            variant.step(images, labels)
    base = variants[setting.variants[0]].processor[1:]
    return {name: _result(variant, base) for name, variant in variants.items()}


def _result(variant: Variant, base: list[float]) -> VariantResult:
    own = variant.processor[1:]
    return VariantResult(
        seconds=spread(variant.seconds[1:]),
        processor_seconds=spread(own),
        speedup=spread([one / other for one, other in zip(base, own, strict=True)]),
        first_seconds=variant.seconds[0],
        loss=variant.loss,
    )


def main(setting: Setting) -> None:
    """Measure the variants, and print the table and the line of JSON."""
    torch.set_num_threads(setting.threads)
    hardware = describe(torch.device(setting.device))
    print(f"{hardware}; torch {torch.__version__}; {setting.recipe}, {setting.turns} turns")
    print(f"{'variant':12}{'s (quartiles)':>22}{'CPU s':>22}{'ratio':>22}{'first s':>9}{'loss':>9}")
    results = measure(setting)
    for name, row in results.items():
        print(
            f"{name:12}{row.seconds!s:>22}{row.processor_seconds!s:>22}{row.speedup!s:>22}"
            f"{row.first_seconds:9.1f}{row.loss:9.4f}"
        )
    line = {
        "benchmark": "evaluation_variants",
        "hardware": hardware,
        "torch": torch.__version__,
        "setting": asdict(setting),
        "variants": {name: asdict(result) for name, result in results.items()},
    }
    print(json.dumps(line))


def parse(arguments: list[str] | None = None) -> Setting:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recipe", default="quick", help="name of a preset for CIFAR")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--turns", type=int, default=5, help="steps of each variant")
    parser.add_argument("--threads", type=int, default=1, help="that torch computes with on a CPU")
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--variants", default=",".join(VARIANTS), help="the first is what others are compared with"
    )
    given = vars(parser.parse_args(arguments))
    given["variants"] = tuple(given["variants"].split(","))
    if unknown := set(given["variants"]) - set(VARIANTS):
        parser.error(f"unknown variants: {', '.join(sorted(unknown))}")
    return Setting(**given)


if __name__ == "__main__":
    main(parse())
