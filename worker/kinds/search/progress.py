"""How far a search has got, and when it will finish."""

import time
from collections.abc import Callable
from itertools import accumulate

from pdarts_core.config import SearchConfig
from pdarts_core.stages.events import EpochFinished, StageStarted, StepFinished
from pdarts_core.stages.schedule import Phase, phase_of
from store.lease import Progress
from worker.kinds.pace import Pace

_HALVES: dict[Phase, int] = {"weights": 1, "architecture": 2}
"""How many halves of the training set an epoch passes over."""


def epoch_costs(config: SearchConfig) -> list[list[float]]:
    """Estimate the cost of every epoch, by stage: layers × operations alive × channels × halves.

    Only the ratios mean anything.
    """
    return [
        [
            float(
                stage.layers
                * config.alive_in(number)
                * config.channels_of(number)
                * _HALVES[phase_of(stage, epoch)]
            )
            for epoch in range(stage.epochs)
        ]
        for number, stage in enumerate(config.stages)
    ]


class ProgressTracker:
    """Follows a search; the training thread writes, others read `latest`.

    The time left is estimated from the time that the current stage has taken so far.
    """

    def __init__(
        self,
        config: SearchConfig,
        *,
        steps: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.steps = steps
        """Steps taken so far, in all stages."""
        self._config = config
        self._costs = epoch_costs(config)
        self._before_stage = [0.0, *accumulate(sum(costs) for costs in self._costs)]
        self._pace = Pace(clock)
        self.latest: Progress | None = None

    def follow(self, event: StageStarted | StepFinished | EpochFinished) -> None:
        """Take in an event of the search."""
        match event:
            case StageStarted():
                self._pace.begin(self._before_stage[event.stage - 1])
                phase = phase_of(self._config.stages[event.stage - 1], 0)
                self._show(event.stage, 1, phase, 0.0)
            case StepFinished():
                epochs = sum(s.epochs for s in self._config.stages[: event.stage - 1])
                self.steps = (epochs + event.epoch - 1) * event.steps + event.step
                self._show(event.stage, event.epoch, event.phase, event.step / event.steps)
            case EpochFinished():
                self._show(event.stage, event.epoch, event.phase, 1.0)

    def _show(self, stage: int, epoch: int, phase: Phase, share: float) -> None:
        costs = self._costs[stage - 1]
        done = self._before_stage[stage - 1] + sum(costs[: epoch - 1]) + costs[epoch - 1] * share
        total = self._before_stage[-1]
        self._pace.reach(done)
        self.latest = Progress(
            fraction=done / total,
            place={"stage": stage, "epoch": epoch, "phase": phase},
            remaining_seconds=self._pace.seconds_for(total - done),
        )
