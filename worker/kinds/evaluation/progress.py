"""How far an evaluation has got, and when it will finish."""

import time
from collections.abc import Callable

from pdarts_core.recipe.events import (
    EvaluationBatchHalved,
    EvaluationBatchTested,
    EvaluationEpochFinished,
    EvaluationStarted,
    EvaluationStepFinished,
)
from store.lease import Progress
from worker.kinds.pace import Pace

_TEST = 0.3
"""What the test costs, in epochs: it goes forward only, over a set that nobody has looked at."""


class EvaluationTracker:
    """Follows an evaluation; the training thread writes, others read `latest`."""

    def __init__(
        self, epochs: int, *, steps: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.steps = steps
        """Steps taken so far."""
        self._epochs = epochs
        self._pace = Pace(clock)
        self.latest: Progress | None = None

    def follow(
        self,
        event: EvaluationStarted
        | EvaluationBatchHalved
        | EvaluationStepFinished
        | EvaluationEpochFinished
        | EvaluationBatchTested,
    ) -> None:
        """Take in an event of the evaluation."""
        match event:
            case EvaluationStarted():
                self._begin(0)
            case EvaluationBatchHalved():
                self._begin(event.epochs)
            case EvaluationStepFinished():
                self.steps = (event.epoch - 1) * event.steps + event.step
                self._show(event.epoch, event.epoch - 1 + event.step / event.steps)
            case EvaluationEpochFinished():
                self._show(event.epoch, event.epoch)
            case EvaluationBatchTested():
                self._show(self._epochs, self._epochs + _TEST * event.batch / event.batches)

    def _begin(self, epochs: int) -> None:
        self._pace.begin(epochs)
        self._show(min(epochs + 1, self._epochs), epochs)

    def _show(self, epoch: int, done: float) -> None:
        total = self._epochs + _TEST
        self._pace.reach(done)
        self.latest = Progress(
            fraction=done / total,
            place={"epoch": epoch},
            remaining_seconds=self._pace.seconds_for(total - done),
        )
