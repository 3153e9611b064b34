"""A step of an evaluation's training, against a straightforward loop of the same function.

Measured are whole steps: the batch, augmented; forward and backward pass; clipping and optimizer.
Both sides begin with the same weights, and take turns of a few steps in one process. While one has
its turn, the processes of the other's `DataLoader` stand still.

    python -m benchmarks.evaluation_step [--recipes short,paper-cifar10] [--turns 7] [--steps 2]
        [--threads 2] [--workers 2]

Printed are a table and, as the last line, the same as JSON: of each side the images a second
(median of the turns, quartiles), the processor time of an image, all processes together, and by how
much a fresh process grew; how many times faster this project is, turn by turn (median, quartiles);
and what the steps of a whole recipe take by that, on CIFAR-10's 50,000 images. Where a machine has
other work to do, the ratio of processor times tells more than that of speeds.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass

import psutil
import torch

from benchmarks.hardware import describe
from benchmarks.processor_time import processor_seconds
from benchmarks.search_step import MEBIBYTE, Spread, resident_peak, spread
from benchmarks.straightforward_training import PlainNetwork, PlainTraining
from pdarts_core.evaluation import EVALUATION_PRESETS, EvaluationConfig
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.recipe.training import EvaluationTraining
from tests.support.genotypes import RELEASED

CLASSES = 10
SIZE = 32
CIFAR_IMAGES = 50_000
_HOUR = 3600.0
SIDES = ("straightforward", "pdarts")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What to measure, and how."""

    recipes: tuple[str, ...]
    turns: int
    steps: int
    threads: int
    workers: int
    device: str


@dataclass(frozen=True, kw_only=True)
class SideResult:
    """One side with one recipe."""

    images_per_second: Spread
    processor_milliseconds: float
    """Of an image: the median of the turns."""
    peak_mebibytes: float
    recipe_hours: float


@dataclass(frozen=True, kw_only=True)
class RecipeResult:
    """Both sides with one recipe."""

    recipe: str
    batch_size: int
    sides: Mapping[str, SideResult]
    speedup: Spread
    processor_speedup: float


def make_dataset(images: int) -> ImageDataset:
    """Return noise; what images show does not affect the time."""
    generator = torch.Generator().manual_seed(0)
    shape = (images, 3, SIZE, SIZE)
    return ImageDataset(
        name="noise",
        images=torch.randint(256, shape, generator=generator, dtype=torch.uint8),
        labels=torch.arange(images) % CLASSES,
        class_names=tuple(map(str, range(CLASSES))),
        mean=(0.49, 0.48, 0.45),
        std=(0.25, 0.24, 0.26),
    )


def make_training(config: EvaluationConfig, device: torch.device) -> EvaluationTraining:
    """Return this project's training, in the middle of its recipe."""
    dataset = make_dataset(10 * config.batch_size).to(device)
    everything = torch.arange(len(dataset), device=device)
    training = EvaluationTraining(config, RELEASED, dataset, everything, everything[:0])
    training.epoch = config.epochs // 2
    return training


def steps_of(side: str, recipe: str, setting: Setting) -> Callable[[], object]:
    """Return what takes a step of a side."""
    config, device = EVALUATION_PRESETS[recipe], torch.device(setting.device)
    ours = make_training(config, device)
    if side == "pdarts":
        return lambda: _advance(ours, device)
    network = PlainNetwork(RELEASED, config, CLASSES)
    copy_weights(ours.network, network)
    training = PlainTraining(
        network.to(device),
        make_dataset(10 * config.batch_size),
        config,
        drop_path_prob=config.drop_path_prob / 2,
        workers=setting.workers,
    )
    return training.step


def copy_weights(source: torch.nn.Module, target: torch.nn.Module) -> None:
    """Give a network the weights of another whose parameters come in the same order."""
    with torch.no_grad():
        for one, other in zip(source.parameters(), target.parameters(), strict=True):
            other.copy_(one)


def _advance(training: EvaluationTraining, device: torch.device) -> None:
    if training.step == training.steps_per_epoch:
        training.step = 0
    training.advance()
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Turns:
    """Turns of one side, timed; between them, processes that it started stand still."""

    def __init__(self, step: Callable[[], object], steps: int, batch_size: int) -> None:
        self._step = step
        self._steps = steps
        self._images = steps * batch_size
        before = set(psutil.Process().children())
        step()
        self._processes = set(psutil.Process().children()) - before
        self.speeds: list[float] = []
        self.processor: list[float] = []
        self._pause()

    def take(self) -> None:
        """Take a turn."""
        for process in self._processes:
            process.resume()
        began = time.perf_counter(), processor_seconds(os.getpid())
        for _ in range(self._steps):
            self._step()
        self.speeds.append(self._images / (time.perf_counter() - began[0]))
        self.processor.append((processor_seconds(os.getpid()) - began[1]) / self._images)
        self._pause()

    def _pause(self) -> None:
        for process in self._processes:
            process.suspend()

    def close(self) -> None:
        """Let all go on, so that they can end."""
        for process in self._processes:
            process.resume()


def peak_mebibytes(side: str, recipe: str, setting: Setting) -> float:
    """Return by how much a process of its own grows in two steps."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_peak_here, side, recipe, setting).result() / MEBIBYTE


def _peak_here(side: str, recipe: str, setting: Setting) -> int:
    torch.set_num_threads(setting.threads)
    before = resident_peak()
    step = steps_of(side, recipe, setting)
    for _ in range(2):
        step()
    if setting.device != "cpu":
        return torch.cuda.max_memory_allocated()
    return resident_peak() - before


def measure(recipe: str, setting: Setting) -> RecipeResult:
    """Let both sides take turns with a recipe."""
    config = EVALUATION_PRESETS[recipe]
    turns = {
        side: Turns(steps_of(side, recipe, setting), setting.steps, config.batch_size)
        for side in SIDES
    }
    for _ in range(setting.turns):
        for one in turns.values():
            one.take()
    for one in turns.values():
        one.close()
    plain, ours = (turns[side] for side in SIDES)
    results = {side: _result(side, turns[side], recipe, setting) for side in SIDES}
    first, second = (results[side] for side in SIDES)
    return RecipeResult(
        recipe=recipe,
        batch_size=config.batch_size,
        sides=results,
        speedup=speedup_of(plain.speeds, ours.speeds),
        processor_speedup=first.processor_milliseconds / second.processor_milliseconds,
    )


def speedup_of(plain: Sequence[float], ours: Sequence[float]) -> Spread:
    """Return how many times faster ours was, of turns that came one after the other."""
    return spread([fast / slow for slow, fast in zip(plain, ours, strict=True)])


def _result(side: str, turns: Turns, recipe: str, setting: Setting) -> SideResult:
    config, speeds = EVALUATION_PRESETS[recipe], spread(turns.speeds)
    images = config.epochs * CIFAR_IMAGES * (1 - config.valid_portion)
    return SideResult(
        images_per_second=speeds,
        processor_milliseconds=1000 * spread(turns.processor).median,
        peak_mebibytes=peak_mebibytes(side, recipe, setting),
        recipe_hours=images / speeds.median / _HOUR,
    )


def show(result: RecipeResult) -> None:
    """Print a recipe's rows of the table."""
    for side, row in result.sides.items():
        print(
            f"{result.recipe:14} {result.batch_size:5}  {side:16}{row.images_per_second!s:>24}"
            f"{row.processor_milliseconds:12.2f}{row.peak_mebibytes:10.0f}{row.recipe_hours:10.1f}"
        )
    print(f"{'ratio':38}{result.speedup!s:>24}{result.processor_speedup:12.2f}", flush=True)


def main(setting: Setting) -> None:
    """Measure the recipes, and print the table and the line of JSON."""
    torch.set_num_threads(setting.threads)
    hardware = describe(torch.device(setting.device))
    print(
        f"{hardware}; torch {torch.__version__}; n={setting.turns} turns of {setting.steps} steps"
    )
    print(
        f"{'recipe':14} batch  {'side':16}{'images/s (quartiles)':>24}{'CPU ms/image':>12}"
        f"{'MiB':>10}{'hours':>10}"
    )
    results = []
    for recipe in setting.recipes:
        results.append(measure(recipe, setting))
        show(results[-1])
    line = {
        "benchmark": "evaluation_step",
        "hardware": hardware,
        "torch": torch.__version__,
        "setting": asdict(setting),
        "recipes": [asdict(result) for result in results],
    }
    print(json.dumps(line))


def parse(arguments: list[str] | None = None) -> Setting:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--recipes", default="short,quick", help="names of presets for CIFAR")
    parser.add_argument("--turns", type=int, default=7, help="of each side")
    parser.add_argument("--steps", type=int, default=2, help="in each turn")
    parser.add_argument("--threads", type=int, default=2, help="that torch computes with on a CPU")
    parser.add_argument("--workers", type=int, default=2, help="processes of the DataLoader")
    parser.add_argument("--device", default="cpu")
    given = vars(parser.parse_args(arguments))
    given["recipes"] = tuple(given["recipes"].split(","))
    return Setting(**given)


if __name__ == "__main__":
    main(parse())
