"""How far a job is shown to be, and for how long it will run."""

from itertools import pairwise
from typing import NoReturn

import pytest

from pdarts_core.config import PRESETS, SearchConfig, StageConfig
from pdarts_core.recipe.events import EvaluationStepFinished
from pdarts_core.space.cells import CellPair, all_operations
from pdarts_core.stages.events import StageStarted, StepFinished
from pdarts_core.stages.schedule import phase_of
from worker.kinds.evaluation.progress import EvaluationTracker
from worker.kinds.search.progress import ProgressTracker, epoch_costs

STEPS = 2


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def started(config: SearchConfig, stage: int) -> StageStarted:
    return StageStarted(
        stage=stage,
        stages=len(config.stages),
        layers=config.stages[stage - 1].layers,
        epochs=config.stages[stage - 1].epochs,
        init_channels=config.channels_of(stage - 1),
        steps_per_epoch=STEPS,
        parameters=1,
        accumulation=1,
        kept=CellPair(normal=all_operations(), reduce=all_operations()),
    )


def snapshot() -> NoReturn:
    raise AssertionError("nobody needs one here")


def stepped(config: SearchConfig, stage: int, epoch: int, step: int) -> StepFinished:
    phase = phase_of(config.stages[stage - 1], epoch - 1)
    return StepFinished(
        stage=stage, epoch=epoch, step=step, steps=STEPS, phase=phase, snapshot=snapshot
    )


def all_steps(config: SearchConfig) -> list[StageStarted | StepFinished]:
    events: list[StageStarted | StepFinished] = []
    for stage, settings in enumerate(config.stages, start=1):
        events.append(started(config, stage))
        events += [
            stepped(config, stage, epoch, step)
            for epoch in range(1, settings.epochs + 1)
            for step in range(1, STEPS + 1)
        ]
    return events


def test_an_epoch_costs_by_layers_operations_channels_and_halves() -> None:
    config = SearchConfig(
        init_channels=2,
        stages=(
            StageConfig(layers=3, num_to_keep=5, epochs=2, warmup_epochs=1),
            StageConfig(layers=4, num_to_keep=1, epochs=1, warmup_epochs=0, add_width=1),
        ),
    )
    assert epoch_costs(config) == [[3 * 8 * 2, 3 * 8 * 2 * 2], [4 * 5 * 3 * 2]]


@pytest.mark.parametrize("preset", PRESETS)
def test_the_fraction_only_grows_and_ends_at_one(preset: str) -> None:
    config = PRESETS[preset]
    tracker = ProgressTracker(config)
    fractions = []
    for event in all_steps(config):
        tracker.follow(event)
        assert tracker.latest is not None
        fractions.append(tracker.latest.fraction)
    assert fractions[0] == 0
    assert fractions[-1] == pytest.approx(1)
    assert all(earlier <= later for earlier, later in pairwise(fractions))


def test_the_time_left_follows_from_the_time_taken() -> None:
    config, clock = PRESETS["quick"], Clock()
    tracker = ProgressTracker(config, clock=clock)
    costs = epoch_costs(config)
    total = sum(map(sum, costs))
    for event in all_steps(config):
        if isinstance(event, StepFinished):
            # Each unit of cost takes three seconds.
            clock.now += 3 * costs[event.stage - 1][event.epoch - 1] / STEPS
        tracker.follow(event)
        assert tracker.latest is not None
        left = tracker.latest.remaining_seconds
        if tracker.latest.fraction == 0:
            assert left is None
        else:
            assert left == pytest.approx(3 * total * (1 - tracker.latest.fraction), abs=1e-6)


def test_a_resumed_search_is_not_credited_with_earlier_work() -> None:
    config, clock = PRESETS["quick"], Clock()
    tracker = ProgressTracker(config, steps=7, clock=clock)
    last = len(config.stages)
    tracker.follow(stepped(config, last, config.stages[-1].epochs, 1))
    assert tracker.latest is not None
    assert tracker.latest.remaining_seconds is None
    clock.now += 5
    tracker.follow(stepped(config, last, config.stages[-1].epochs, 2))
    assert tracker.latest.remaining_seconds == pytest.approx(0)


def test_steps_are_counted_over_all_stages() -> None:
    config = PRESETS["quick"]
    tracker = ProgressTracker(config)
    for event in all_steps(config):
        tracker.follow(event)
    assert tracker.steps == sum(stage.epochs for stage in config.stages) * STEPS


def test_the_time_left_of_an_evaluation_follows_from_its_steps() -> None:
    clock = Clock()
    tracker = EvaluationTracker(10, clock=clock)

    def left_after(epoch: int, step: int) -> float | None:
        tracker.follow(EvaluationStepFinished(epoch=epoch, step=step, steps=4, snapshot=snapshot))
        assert tracker.latest is not None
        return tracker.latest.remaining_seconds

    assert left_after(3, 1) is None
    clock.now += 2
    epochs_left, test = 7.5, 0.3
    assert left_after(3, 2) == pytest.approx(8 * (epochs_left + test))
