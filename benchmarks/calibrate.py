"""Measure what `pdarts_core.estimates.device_costs` needs to estimate a search's time and memory.

Random search networks of every kind (channels, layers, operations alive, size of images, batch)
take steps; the seconds of each step are fitted, as a sum of non-negative costs for what is counted
of it. Some of the networks are left out of the fit, to tell how far it is off. On a CPU, one
thread's own time is taken, so that other work on the machine shows little.

    python -m benchmarks.calibrate [--networks 24] [--device cpu]

Prints a table, the entry for DEVICE_COSTS and a line of JSON.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.hardware import describe
from benchmarks.saved_tensors import saved_bytes
from pdarts_core.config import SearchConfig
from pdarts_core.estimates.device_costs import DeviceCost, StepCost
from pdarts_core.estimates.workload import Grid, SearchNetworkShape, Workload, network_workload
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import EDGES, KeptOperations
from pdarts_core.stages.optimizers import arch_optimizer, weight_optimizer
from pdarts_core.training.metrics import Tally
from pdarts_core.training.step import TrainingStep
from pdarts_core.training.validation import Validation

CLASSES = 10
HELD_OUT = 4
"""One network in this many is left out of the fit, and tests it."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What to measure."""

    networks: int
    rounds: int
    device: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One network: what was counted and what was measured."""

    images: int
    work: Workload
    saved_bytes: int
    seconds: dict[str, float]
    """Seconds of a step of each kind, by the names in DeviceCost."""


def random_shape(generator: random.Random) -> tuple[SearchNetworkShape, int]:
    """Draw a network and a batch size that take a step within seconds on a CPU."""
    alive = generator.choice([8, 8, 5, 3, 1])

    def switches() -> KeptOperations:
        chosen = [set(generator.sample(PRIMITIVES, alive)) for _ in EDGES]
        return [[name for name in PRIMITIVES if name in names] for names in chosen]

    side = generator.choice([8, 16, 32])
    shape = SearchNetworkShape(
        init_channels=generator.choice([2, 4, 8, 16]),
        num_classes=CLASSES,
        layers=generator.choice([3, 5, 8, 11]),
        kept_normal=switches(),
        kept_reduce=switches(),
        grid=Grid(side, side),
        has_dropout=generator.random() < 0.5,
    )
    return shape, generator.choice([4, 16, 32] if side < 32 else [4, 8, 16])


def make_network(shape: SearchNetworkShape) -> SearchNetwork:
    """Build the network that a shape describes."""
    return SearchNetwork(
        init_channels=shape.init_channels,
        num_classes=shape.num_classes,
        layers=shape.layers,
        kept_normal=list(map(list, shape.kept_normal)),
        kept_reduce=list(map(list, shape.kept_reduce)),
        dropout_rate=0.3 if shape.has_dropout else 0.0,
    )


def make_batches(shape: SearchNetworkShape, images: int, device: torch.device) -> DeviceBatches:
    """Return noise on the device."""
    size = (images, 3, shape.grid.height, shape.grid.width)
    dataset = ImageDataset(
        name="noise",
        images=torch.randint(256, size, dtype=torch.uint8),
        labels=torch.arange(images) % CLASSES,
        class_names=tuple(map(str, range(CLASSES))),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )
    return DeviceBatches(dataset.to(device), generator=torch.Generator(device))


def seconds_of(step: Callable[[], object], device: torch.device, rounds: int) -> float:
    """Return the shortest of a few times, since disturbances only ever add."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    times = []
    for _ in range(rounds + 1):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        begin = clock()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(clock() - begin)
    return min(times[1:])


def measure(shape: SearchNetworkShape, images: int, device: torch.device, rounds: int) -> Sample:
    """Take steps of every kind with a network."""
    network = make_network(shape).to(device)
    batches = make_batches(shape, images, device)
    indices = torch.arange(images, device=device)
    weights, alphas = network.weight_parameters(), network.architecture_parameters()
    config = SearchConfig()

    def step(trained: list[torch.nn.Parameter], *, trains_weights: bool) -> TrainingStep:
        make_optimizer = weight_optimizer if trains_weights else arch_optimizer
        return TrainingStep(
            network=network,
            trained=trained,
            frozen=alphas if trains_weights else weights,
            optimizer=make_optimizer(trained, config),
            grad_clip=config.grad_clip,
            batches=batches,
            tally=Tally(device),
            precision="float32",
        )

    weight_step, alpha_step = step(weights, trains_weights=True), step(alphas, trains_weights=False)

    validation = Validation(
        network,
        batches,
        indices,
        num_classes=shape.num_classes,
        batch_size=images,
        precision="float32",
    )

    def validate() -> None:
        validation.advance()
        validation.end()

    seconds = {
        "alphas": seconds_of(lambda: alpha_step(indices), device, rounds),
        "validation": seconds_of(validate, device, rounds),
        "weights": seconds_of(lambda: weight_step(indices), device, rounds),
    }
    pixels, labels = batches.plain(indices)
    kept = saved_bytes(lambda: F.cross_entropy(network(pixels), labels), network)
    return Sample(images=images, work=network_workload(shape), saved_bytes=kept, seconds=seconds)


def counts_of(sample: Sample) -> list[int]:
    """Return what each cost of a StepCost is multiplied with."""
    work, images = sample.work, sample.images
    return [
        work.cells,
        work.terms,
        images * work.depthwise,
        images * work.dense,
        images * work.saved_bytes,
    ]


def fit(samples: list[Sample], kind: str) -> StepCost:
    """Find the costs, none of them negative, with the least squares of relative errors."""
    seconds = np.array([sample.seconds[kind] for sample in samples])
    counts = np.array([counts_of(sample) for sample in samples], dtype=float) / seconds[:, None]
    scale = counts.max(axis=0)
    used = list(range(counts.shape[1]))
    while True:
        costs, *_ = np.linalg.lstsq((counts / scale)[:, used], np.ones(len(samples)), rcond=None)
        if costs.min() >= 0:
            break
        used.pop(int(costs.argmin()))
    found = np.zeros(counts.shape[1])
    found[used] = costs / scale[used]
    names = [field.name for field in fields(StepCost)]
    return StepCost(
        **{name: float(f"{value:.3g}") for name, value in zip(names, found, strict=True)}
    )


def relative_errors(samples: list[Sample], cost: StepCost, kind: str) -> list[float]:
    """Return the fit's errors, as shares of what was measured."""
    return [
        abs(cost.seconds(sample.work, sample.images) / sample.seconds[kind] - 1)
        for sample in samples
    ]


def counted_share(sample: Sample) -> float:
    """Return the counted bytes as a share of the measured ones."""
    counted = sample.images * sample.work.saved_bytes + sample.work.saved_once_bytes
    return counted / sample.saved_bytes


def report(setting: Setting) -> None:
    """Measure, fit, and print the result."""
    torch.set_num_threads(1)
    torch.manual_seed(setting.seed)
    device = torch.device(setting.device)
    generator = random.Random(setting.seed)  # noqa: S311  no secret
    drawn = [random_shape(generator) for _ in range(setting.networks)]
    samples = [measure(shape, images, device, setting.rounds) for shape, images in drawn]
    held_out = samples[::HELD_OUT]
    fitted = [sample for sample in samples if sample not in held_out]
    costs = {kind: fit(fitted, kind) for kind in samples[0].seconds}
    errors = {kind: relative_errors(held_out, cost, kind) for kind, cost in costs.items()}
    print(f"{'held out: ' + str(len(held_out)):16}{'median error':>14}{'largest':>10}")
    for kind, shares in errors.items():
        print(f"{kind:16}{statistics.median(shares):14.1%}{max(shares):10.1%}")
    shares = [counted_share(sample) for sample in samples]
    print(f"{'saved bytes, counted/measured':30}{min(shares):.4f} to {max(shares):.4f}")
    shared = device.type == "cpu"
    entry = DeviceCost(device=describe(device), is_shared=shared, **costs)
    print(f"{device.type!r}: {entry!r},")
    line = {
        "benchmark": "calibrate",
        "hardware": describe(device),
        "torch": torch.__version__,
        "setting": asdict(setting),
        "costs": {kind: asdict(cost) for kind, cost in costs.items()},
        "errors": errors,
        "saved_bytes_counted": [min(shares), max(shares)],
    }
    print(json.dumps(line))


def parse(arguments: list[str] | None = None) -> Setting:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--networks", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3, help="steps of each kind")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=0)
    return Setting(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    report(parse())
