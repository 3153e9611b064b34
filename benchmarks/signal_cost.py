"""What the signal costs: steps of the alphas that keep their pushes, and steps that don't.

Both kinds of step take turns in one process, on one network. Printed is the processor time of each
and the ratio of medians, with the quartiles of the pairs' own ratios.

    python -m benchmarks.signal_cost [--rounds 30] [--batch-size 32] [--image-size 32]
"""

import argparse
import statistics
import sys
import time
from dataclasses import replace

import torch

from benchmarks.hardware import describe_machine
from benchmarks.step_trial import Setting, Trial
from pdarts_core.signal.pushes import Pushes
from pdarts_core.training.step import TrainingStep


def measure(setting: Setting, stage: int) -> tuple[list[float], list[float]]:
    """Return the processor time of steps of the alphas, without and with their pushes kept."""
    trial = Trial(setting, stage, "fast")
    _, plain = trial.steps
    if not isinstance(plain, TrainingStep):
        raise TypeError(plain)
    keeping = replace(plain, pushes=Pushes(plain.trained, steps=setting.rounds + 1))
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(setting.rounds + 1):
        for step, times in zip((plain, keeping), taken, strict=True):
            begun = time.process_time()
            step(trial.indices)
            if number:  # the first is slower than all that follow
                times.append(time.process_time() - begun)
    return taken


def main() -> int:
    """Measure each stage and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--init-channels", type=int, default=16)
    options = parser.parse_args()
    torch.set_num_threads(1)
    setting = Setting(
        stages=(1, 2, 3),
        batch_size=options.batch_size,
        image_size=options.image_size,
        init_channels=options.init_channels,
        device="cpu",
        precision="float32",
        rounds=options.rounds,
        threads=1,
        graphs=False,
        seed=0,
    )
    print(describe_machine())
    print("| stage | without, s | with, s | ratio of medians | pairs' quartiles |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for stage in setting.stages:
        without, kept = measure(setting, stage)
        low, _, high = statistics.quantiles(
            [after / before for before, after in zip(without, kept, strict=True)], n=4
        )
        medians = statistics.median(without), statistics.median(kept)
        print(
            f"| {stage} | {medians[0]:.3f} | {medians[1]:.3f} | {medians[1] / medians[0]:.4f}"
            f" | {low:.4f} to {high:.4f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
