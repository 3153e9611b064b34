"""Recorded steps do what the steps themselves do, and recording them changes nothing."""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pdarts_core.config import SearchConfig
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.kernels.choice import use_kernels
from pdarts_core.search import run_search
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import all_operations
from pdarts_core.stages.checkpoint import load, save
from pdarts_core.stages.events import EpochFinished, GenotypesDerived, SearchEvent, StepFinished
from pdarts_core.stages.optimizers import arch_optimizer, set_learning_rate, weight_optimizer
from pdarts_core.training.cuda_graphs import Recordable, record, taken_back
from pdarts_core.training.metrics import Tally
from pdarts_core.training.step import TrainingStep
from tests.support.searches import make_config, make_dataset

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def on_cuda(test: Any) -> Any:
    """Run a test only where there is a CUDA device."""
    there_is_one = torch.cuda.is_available()
    skip = pytest.mark.skipif(not there_is_one, reason="there is no CUDA device")
    return pytest.mark.cuda(skip(test))


def make_steps(
    device: torch.device = CUDA, *, own_kernels: bool = False
) -> tuple[list[TrainingStep], list[torch.Generator], SearchNetwork]:
    """A weight step and an architecture step on the same network, always the same ones."""
    generators = [torch.Generator(device).manual_seed(seed) for seed in (1, 2)]
    network = SearchNetwork(
        init_channels=2,
        num_classes=3,
        layers=3,
        kept_normal=all_operations(),
        kept_reduce=all_operations(),
        dropout_rate=0.3,
        generator=torch.Generator().manual_seed(0),
        dropout_generator=generators[1],
    ).to(device)
    use_kernels(network, wanted=own_kernels)
    batches = DeviceBatches(make_dataset().to(device), generator=generators[0], cutout_length=3)
    weights, alphas = network.weight_parameters(), network.architecture_parameters()
    steps = [
        TrainingStep(
            network=network,
            trained=trained,
            frozen=frozen,
            optimizer=make_optimizer(trained, SearchConfig()),
            grad_clip=5.0,
            batches=batches,
            tally=Tally(device),
            precision="float32",
        )
        for trained, frozen, make_optimizer in (
            (weights, alphas, weight_optimizer),
            (alphas, weights, arch_optimizer),
        )
    ]
    return steps, generators, network


def train(*, recorded: bool, own_kernels: bool) -> dict[str, torch.Tensor]:
    steps, generators, network = make_steps(own_kernels=own_kernels)
    indices = torch.arange(24, device=CUDA).view(4, 6)
    runs: list[Callable[[torch.Tensor], None]] = list(steps)
    if recorded:
        runs = record([Recordable(step, indices[0]) for step in steps], generators)
    for number, (weights, alphas) in enumerate(itertools.product(indices, indices)):
        set_learning_rate(steps[0].optimizer, 0.01 / (number + 1))
        network.set_dropout_rate(0.3 / (number + 1))
        if number > 3:
            runs[1](alphas)
        runs[0](weights)
    sums = {f"sums {number}": step.tally.sums for number, step in enumerate(steps)}
    return network.state_dict() | sums


@pytest.mark.parametrize("kind", [0, 1], ids=["weights", "alphas"])
@pytest.mark.parametrize("steps_before", [0, 2])
@pytest.mark.sampled
def test_a_trial_leaves_no_trace(kind: int, steps_before: int) -> None:
    indices = torch.arange(6)
    results = []
    for trials in (0, 3):
        steps, generators, network = make_steps(CPU)
        for _ in range(steps_before):
            steps[kind](indices)
        with taken_back(steps[kind], generators):
            for _ in range(trials):
                steps[kind](indices)
        for _ in range(2):
            steps[kind](indices)
        results.append([*network.state_dict().values(), steps[kind].tally.sums])
    assert all(map(torch.equal, *results))


@on_cuda
@pytest.mark.parametrize("own_kernels", [False, True])
def test_recorded_steps_train_as_the_steps_do(*, own_kernels: bool) -> None:
    eager, recorded = (
        train(recorded=recorded, own_kernels=own_kernels) for recorded in (False, True)
    )
    for name, value in eager.items():
        torch.testing.assert_close(recorded[name], value, atol=1e-3, rtol=1e-3, msg=name)


@on_cuda
def test_recording_changes_nothing() -> None:
    steps, generators, network = make_steps()
    before = copy.deepcopy(network.state_dict())
    states = [generator.get_state() for generator in generators]
    record([Recordable(step, torch.arange(6, device=CUDA)) for step in steps], generators)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(map(torch.equal, states, [generator.get_state() for generator in generators]))
    assert not any(step.tally.sums.any() for step in steps)


def epochs(events: list[SearchEvent]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


@on_cuda
def test_a_whole_search_runs_and_tells_its_memory() -> None:
    events = list(run_search(make_config(), make_dataset(), device="cuda"))
    assert isinstance(events[-1], GenotypesDerived)
    assert all(epoch.metrics.memory_bytes for epoch in epochs(events))


def runs_and_one_resumed(device: torch.device) -> tuple[list[float], list[float]]:
    """Return how far alphas are apart, epoch by epoch: in two runs, and where one was resumed."""
    first, second = (
        epochs(list(run_search(make_config(), make_dataset(), device=device))) for _ in range(2)
    )
    run = run_search(make_config(), make_dataset(), device=device)
    steps = (event for event in run if isinstance(event, StepFinished))
    checkpoint = load(save(next(s for s in steps if (s.epoch, s.step) == (2, 1)).snapshot()))
    run.close()  # type: ignore[attr-defined]
    rest = run_search(make_config(), make_dataset(), device=device, checkpoint=checkpoint)
    return apart(first[1:], second[1:]), apart(first[1:], epochs(list(rest)))


def apart(some: list[EpochFinished], others: list[EpochFinished]) -> list[float]:
    return [
        (torch.tensor(a.alphas.normal) - torch.tensor(b.alphas.normal)).abs().max().item()
        for a, b in zip(some, others, strict=True)
    ]


@on_cuda
def test_a_resumed_search_is_no_farther_from_the_whole_than_two_whole_ones_are() -> None:
    of_runs, of_resumed = runs_and_one_resumed(CUDA)
    # On a GPU, sums are rounded in an order that changes; of two runs, the spread is known roughly.
    assert max(of_resumed) <= 5 * max(of_runs) + 1e-6


@pytest.mark.slow  # test_search holds it to the bit; this holds the comparison above
def test_on_a_cpu_they_are_the_same() -> None:
    assert set(map(max, runs_and_one_resumed(CPU))) == {0.0}
