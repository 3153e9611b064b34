"""Several threads of a CPU against one, in training steps of several sizes.

Measured are, on noise, a search's steps (of the weights and of the alphas, in the first stage of
the paper's search) and an evaluation's step. Threads wait as those of a worker do. One thread and
several take turns in one process, round by round.

    python -m benchmarks.cpu_threads [--rounds 5] [--threads 2] [--busy]

`--busy` runs an endless loop beside it, as on a machine that has something else to do. `MiB` is the
size of a batch's feature maps in the first cell, by which a worker decides how many threads a job
gets; `chosen` is how many those are. Above 1, the ratio says how much faster several are.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace

# Before torch: it decides how threads wait.
import worker  # noqa: F401  for what its import does

# isort: split
import torch

from benchmarks.hardware import describe
from benchmarks.step_trial import Setting, Trial, make_dataset
from pdarts_core.estimates.threads import threads_for_evaluation, threads_for_search
from pdarts_core.estimates.workload import FLOAT_BYTES, Grid
from pdarts_core.evaluation import EVALUATION_PRESETS
from pdarts_core.recipe.training import EvaluationTraining
from tests.support.genotypes import RELEASED

SIZES = (
    (8, 4, 64),
    (8, 16, 64),
    (16, 8, 64),
    (32, 8, 32),
    (16, 16, 96),
    (32, 16, 32),
    (32, 16, 96),
)
"""Side of the images in pixels, channels of the first cell, images of a batch."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a step takes."""

    kind: str
    side: int
    channels: int
    batch_size: int
    mebibytes: float
    one_thread_seconds: float
    several_seconds: float
    ratio: float
    """Of the medians; above 1, several threads are faster."""
    chosen: int


@contextmanager
def endless_loop() -> Iterator[None]:
    """Keep a processor busy for as long as the block runs."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            yield
        finally:
            process.kill()


def search_steps(setting: Setting) -> tuple[Callable[[], object], int]:
    """Return what takes a search's steps, and the threads that a worker gives it."""
    side = setting.image_size
    config = replace(
        setting.search, batch_size=setting.batch_size, init_channels=setting.init_channels
    )
    chosen = threads_for_search(config, images=50_000, grid=Grid(side, side))
    return Trial(setting, 1, "fast").run, chosen


def evaluation_step(setting: Setting) -> tuple[Callable[[], object], int]:
    """Return what takes an evaluation's step, and the threads that a worker gives it."""
    side = setting.image_size
    config = replace(
        EVALUATION_PRESETS["short"],
        batch_size=setting.batch_size,
        init_channels=setting.init_channels,
    )
    dataset = make_dataset(setting)
    everything = torch.arange(len(dataset))
    training = EvaluationTraining(config, RELEASED, dataset, everything, everything[:0])

    def step() -> None:
        training.step = 0
        training.advance()

    return step, threads_for_evaluation(config, images=50_000, grid=Grid(side, side))


STEPS = {"search": search_steps, "evaluation": evaluation_step}


def measure(kind: str, size: tuple[int, int, int], *, rounds: int, threads: int) -> Result:
    """Let one thread and several take turns."""
    side, channels, batch = size
    setting = Setting(
        stages=(1,),
        batch_size=batch,
        image_size=side,
        init_channels=channels,
        device="cpu",
        precision="float32",
        rounds=rounds,
        threads=threads,
        graphs=False,
        seed=1,
    )
    step, chosen = STEPS[kind](setting)
    seconds: dict[int, list[float]] = {1: [], threads: []}
    for turn in range(rounds + 1):
        for used, times in seconds.items():
            torch.set_num_threads(used)
            began = time.perf_counter()
            step()
            if turn:  # the first is for warming up
                times.append(time.perf_counter() - began)
    one, several = (statistics.median(times) for times in seconds.values())
    return Result(
        kind=kind,
        side=side,
        channels=channels,
        batch_size=batch,
        mebibytes=FLOAT_BYTES * batch * channels * side * side / 2**20,
        one_thread_seconds=one,
        several_seconds=several,
        ratio=one / several,
        chosen=min(chosen, threads),
    )


def main(options: argparse.Namespace) -> None:
    """Measure all sizes, and print the table and the line of JSON."""
    torch.set_num_threads(options.threads)
    hardware = describe(torch.device("cpu"))
    beside = "an endless loop beside it" if options.busy else "nothing beside it"
    print(f"{hardware}; torch {torch.__version__}; {beside}; n={options.rounds}")
    print("kind       pixels channels batch   MiB  ms, one thread  several  ratio  chosen")
    results = []
    with endless_loop() if options.busy else nullcontext():
        for kind in STEPS:
            for size in SIZES:
                row = measure(kind, size, rounds=options.rounds, threads=options.threads)
                results.append(row)
                print(
                    f"{row.kind:10s} {row.side:6d} {row.channels:8d} {row.batch_size:5d}"
                    f" {row.mebibytes:5.2f} {1000 * row.one_thread_seconds:15.0f}"
                    f" {1000 * row.several_seconds:8.0f} {row.ratio:6.2f} {row.chosen:7d}",
                    flush=True,
                )
    print(
        json.dumps(
            {
                "benchmark": "cpu_threads",
                "hardware": hardware,
                "torch": torch.__version__,
                "busy": options.busy,
                "rounds": options.rounds,
                "results": [asdict(row) for row in results],
            }
        )
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of each side")
    parser.add_argument("--threads", type=int, default=2, help="how many are compared with one")
    parser.add_argument("--busy", action="store_true", help="with an endless loop beside it")
    return parser.parse_args()


if __name__ == "__main__":
    main(parse())
