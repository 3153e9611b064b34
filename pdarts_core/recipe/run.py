"""One try at an evaluation: its training, then its test, as events."""

import math
from collections.abc import Iterator
from dataclasses import replace

from pdarts_core.images.dataset import ImageDataset
from pdarts_core.recipe.checkpoint import Counted, EvaluationCheckpoint, Tested
from pdarts_core.recipe.events import (
    EvaluationBatchTested,
    EvaluationBatchValidated,
    EvaluationEpochFinished,
    EvaluationEvent,
    EvaluationFinished,
    EvaluationStarted,
    EvaluationStepFinished,
    EvaluationTested,
)
from pdarts_core.recipe.figures import EvaluationResult, Figure, share
from pdarts_core.recipe.measurement import Measurement, measured, pictures_of, wrong_images
from pdarts_core.recipe.task import EvaluationTask
from pdarts_core.recipe.training import EvaluationTraining
from pdarts_core.training.failures import Diverged


class LastBoundary:
    """The state at the end of the latest epoch: what is gone back to when memory runs out."""

    def __init__(self, begin: EvaluationCheckpoint) -> None:
        self.begin = begin
        """Where the next try begins."""
        self.boundary = begin

    def go_back(self, accumulate: int, *, from_start: int) -> EvaluationCheckpoint:
        """Return where to begin again: there, with each batch in so many parts from now on.

        Args:
            accumulate: the parts of a batch.
            from_start: those of an evaluation to which nothing has happened yet.
        """
        state = self.boundary.state
        again = state and replace(state, accumulate=accumulate)
        self.begin = self.boundary = replace(self.boundary, state=again, accumulate=from_start)
        return self.begin


class EvaluationRun:
    """One try at an evaluation, with one size of the parts of a batch."""

    def __init__(
        self, task: EvaluationTask, training: EvaluationTraining, kept: LastBoundary
    ) -> None:
        self._task = task
        self._training = training
        self._kept = kept
        self._test: Measurement = training.measurement_of_held_out()
        self._tested: Tested | None = None
        self._state = kept.begin.state
        if self._state is not None:
            training.restore(self._state)

    def train(self) -> Iterator[EvaluationEvent]:
        """Take all steps that are left."""
        if self._state is None:
            yield self._started()
        while not self._training.is_over:
            yield from self._epoch()

    def measure_result(self) -> Iterator[EvaluationEvent]:
        """Measure what the result is of; nothing has looked at the test set before."""
        validated = self._training.validated
        if self._task.test is None and validated is not None:
            yield self._finished(self._seen(validated, self._task.dataset))
            return
        if self._state is not None and self._state.tested is not None:
            self._tested = self._state.tested
            self._test.watch.seconds = self._state.test.seconds
        else:
            yield from self._measure()
        assert self._tested is not None
        yield self._finished(self._tested)

    def _measure(self) -> Iterator[EvaluationEvent]:
        training, task = self._training, self._task
        images = task.dataset
        if task.test is not None:
            images = task.open_test_set(task.test)
            self._test = training.measurement_of(images)
        if self._state is not None:
            self._test.restore(self._state.test)
        while self._test.position < self._test.batches_per_pass:
            self._test.advance()
            yield EvaluationBatchTested(
                batch=self._test.position,
                batches=self._test.batches_per_pass,
                snapshot=self._snapshot,
            )
        self._tested = self._seen(self._test.end(), images)
        boundary = self._kept.boundary = self._snapshot()
        seen = int(self._tested.counted.confusion.sum())
        yield EvaluationTested(images=seen, snapshot=lambda: boundary)

    def _seen(self, counted: Counted, images: ImageDataset) -> Tested:
        if not math.isfinite(float(counted.sums[0])):
            raise Diverged(epoch=self._training.epoch)
        return Tested(counted=counted, pictures=pictures_of(counted, images.images))

    def _epoch(self) -> Iterator[EvaluationEvent]:
        training = self._training
        while training.step < training.steps_per_epoch:
            training.advance()
            yield EvaluationStepFinished(
                epoch=training.epoch + 1,
                step=training.step,
                steps=training.steps_per_epoch,
                snapshot=self._snapshot,
            )
        while training.validated_batches < training.batches_to_validate:
            training.validate()
            yield EvaluationBatchValidated(
                epoch=training.epoch + 1,
                batch=training.validated_batches,
                batches=training.batches_to_validate,
                snapshot=self._snapshot,
            )
        metrics = training.end_epoch()
        boundary = self._kept.boundary = self._snapshot()
        yield EvaluationEpochFinished(
            epoch=training.epoch,
            epochs=self._task.config.epochs,
            metrics=metrics,
            best=training.best_epoch,
            snapshot=lambda: boundary,
        )

    def _snapshot(self) -> EvaluationCheckpoint:
        state = self._training.state(self._test.state(), self._tested)
        return replace(self._kept.begin, state=state)

    def _started(self) -> EvaluationStarted:
        size = self._task.size
        return EvaluationStarted(
            epochs=self._task.config.epochs,
            steps_per_epoch=self._training.steps_per_epoch,
            parameters=size.parameters,
            multiply_adds=size.multiply_adds,
            train_images=len(self._task.train),
            valid_images=len(self._task.held_out),
            accumulation=self._training.accumulation,
        )

    def _finished(self, tested: Tested) -> EvaluationFinished:
        counted = tested.counted
        training, names = self._training, self._task.dataset.class_names
        validated, best = training.validated, training.best
        size, trained = self._task.size, training.images_trained
        result = EvaluationResult(
            source="validation" if self._task.test is None else "test",
            measured=measured(counted, names),
            wrong=wrong_images(counted),
            validation=None if validated is None else measured(validated, names),
            last_epochs=self._last_epochs(),
            best=training.best_epoch,
            parameters=size.parameters,
            multiply_adds=size.multiply_adds,
            train_images=len(self._task.train),
            seconds=training.train_seconds + training.other_seconds + self._test.watch.seconds,
            images_per_second=trained / training.train_seconds if trained else None,
        )
        return EvaluationFinished(
            result=result,
            pictures=tested.pictures,
            weights=training.weights(),
            best_weights=None if best is None else best.network,
        )

    def _last_epochs(self) -> Figure | None:
        recent = self._training.recent_hits
        if not recent:
            return None
        return share(sum(recent) / len(recent), len(self._task.held_out))
