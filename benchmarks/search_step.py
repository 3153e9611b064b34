"""A training step of the search network, against the same network computed edge by edge.

Measured is one weight step and one alpha step together, each with augmentation, forward and
backward pass, clipping and optimizer, in each stage's real shape. The straightforward side
computes every gradient in every step, as `loss.backward()` does; the fast side only those that
the step trains. Both begin with the same weights and take turns in one process, round by round.

    python -m benchmarks.search_step [--stages 1,2,3] [--batch-size 32] [--device cpu]
        [--precision float32] [--rounds 5] [--threads 2] [--graphs]

Printed are a table and, as the last line, the same as JSON. A time is a median, with quartiles;
the ratio is that of the medians, with the quartiles of the rounds' own ratios. `processor` is the
ratio of processor time: where a machine has other work to do, it tells more than the clock.
`saved` is what the forward pass keeps for the backward pass; `peak` is what the device's allocator
had at most or, on a CPU, by how much a fresh process grew.
"""

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.hardware import describe
from benchmarks.step_trial import FORMS, Setting, Trial, operations_in
from pdarts_core.config_fields import PRECISIONS

MEBIBYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A median between its quartiles."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} - {self.high:.2f})"


@dataclass(frozen=True, kw_only=True)
class FormResult:
    """One form of the network in one stage, for a weight step and an alpha step together."""

    seconds: Spread
    processor_seconds: float
    saved_mebibytes: float
    peak_mebibytes: float
    operator_calls: int


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """Both forms in one stage."""

    stage: int
    layers: int
    operations: int
    plain: FormResult
    fast: FormResult
    speedup: Spread
    processor_speedup: float
    saved_ratio: float


def peak_bytes(setting: Setting, stage: int, form: str) -> int:
    """Return the most memory that both steps take, in a process of their own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_peak_bytes_here, setting, stage, form).result()


def _peak_bytes_here(setting: Setting, stage: int, form: str) -> int:
    before = resident_peak()
    Trial(setting, stage, form).run()
    if torch.device(setting.device).type == "cuda":
        return torch.cuda.max_memory_allocated()
    return resident_peak() - before


def resident_peak() -> int:
    """Return the most memory, in bytes, that this program has had resident.

    `getrusage` will not do: a new process inherits its figure from the one that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return 1024 * int(kibibytes)


def spread(values: Sequence[float]) -> Spread:
    """Return the median and quartiles."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return Spread(median=float(median), low=float(low), high=float(high))


def measure_stage(setting: Setting, stage: int) -> StageResult:
    """Let both forms take turns in a stage."""
    trials = {form: Trial(setting, stage, form) for form in FORMS}
    clock: dict[str, list[float]] = {form: [] for form in FORMS}
    processor: dict[str, list[float]] = {form: [] for form in FORMS}
    for turn in range(setting.rounds + 1):
        for form, trial in trials.items():
            began = time.perf_counter(), time.process_time()
            trial.run()
            if turn:  # the first is for warming up
                clock[form].append(time.perf_counter() - began[0])
                processor[form].append(time.process_time() - began[1])
    results = {
        form: FormResult(
            seconds=spread(clock[form]),
            processor_seconds=statistics.median(processor[form]),
            saved_mebibytes=trial.saved() / MEBIBYTE,
            peak_mebibytes=peak_bytes(setting, stage, form) / MEBIBYTE,
            operator_calls=trial.operator_calls(),
        )
        for form, trial in trials.items()
    }
    plain, fast = results["plain"], results["fast"]
    ratios = spread([p / f for p, f in zip(clock["plain"], clock["fast"], strict=True)])
    return StageResult(
        stage=stage,
        layers=setting.search.stages[stage - 1].layers,
        operations=operations_in(setting, stage),
        plain=plain,
        fast=fast,
        speedup=Spread(
            median=plain.seconds.median / fast.seconds.median, low=ratios.low, high=ratios.high
        ),
        processor_speedup=plain.processor_seconds / fast.processor_seconds,
        saved_ratio=fast.saved_mebibytes / plain.saved_mebibytes,
    )


def show(result: StageResult) -> None:
    """Print a stage's rows of the table."""
    for form, row in (("plain", result.plain), ("fast", result.fast)):
        print(
            f"{result.stage:5d} {result.layers:6d} {result.operations:10d}  {form:5s}"
            f" {row.seconds!s:>22} {row.processor_seconds:9.2f} {row.saved_mebibytes:9.0f}"
            f" {row.peak_mebibytes:9.0f} {row.operator_calls:9d}"
        )
    print(
        f"{'':24}ratio {result.speedup!s:>22} {result.processor_speedup:9.2f}"
        f" {result.saved_ratio:9.2f}"
        f" {result.fast.peak_mebibytes / result.plain.peak_mebibytes:9.2f}"
        f" {result.fast.operator_calls / result.plain.operator_calls:9.2f}",
        flush=True,
    )


def main(setting: Setting) -> None:
    """Measure the stages, and print the table and the line of JSON."""
    torch.set_num_threads(setting.threads)
    hardware = describe(torch.device(setting.device))
    print(f"{hardware}; torch {torch.__version__}; batch {setting.batch_size}, n={setting.rounds}")
    print(
        f"stage layers operations  form  {'seconds (quartiles)':>22} processor saved MiB  peak MiB"
        "     calls"
    )
    results = []
    for stage in setting.stages:
        results.append(measure_stage(setting, stage))
        show(results[-1])
    speedup = statistics.geometric_mean(r.speedup.median for r in results)
    processor = statistics.geometric_mean(r.processor_speedup for r in results)
    print(f"geometric mean of the ratios: {speedup:.2f} (processor time {processor:.2f})")
    print(
        json.dumps(
            {
                "benchmark": "search_step",
                "hardware": hardware,
                "torch": torch.__version__,
                "setting": asdict(setting),
                "stages": [asdict(result) for result in results],
                "speedup": speedup,
                "processor_speedup": processor,
            }
        )
    )


def parse() -> Setting:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stages", default="1,2,3", help="which of the paper's stages, from 1")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--init-channels", type=int, default=16)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="that torch computes with on a CPU")
    parser.add_argument("--graphs", action="store_true", help="record the fast steps, on CUDA")
    parser.add_argument("--seed", type=int, default=0)
    given = vars(parser.parse_args())
    given["stages"] = tuple(int(stage) for stage in given["stages"].split(","))
    return Setting(**given)


if __name__ == "__main__":
    main(parse())
