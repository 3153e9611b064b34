"""Writes what an evaluation reports: one guarded transaction for each of its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from pdarts_core.recipe.events import (
    EvaluationBatchHalved,
    EvaluationBatchTested,
    EvaluationEpochFinished,
    EvaluationEvent,
    EvaluationFinished,
    EvaluationProcessesChanged,
    EvaluationStarted,
    EvaluationStepFinished,
    EvaluationTested,
)
from store.lease import record, succeed
from store.tables import Evaluation, EvaluationEpoch
from worker.checkpoints import RejectedCheckpoint
from worker.journal import Change, Journal
from worker.kinds.evaluation.checkpoints import pack
from worker.kinds.evaluation.models import Exporter, delete_other_models, store_models
from worker.kinds.evaluation.pictures import store_sheet
from worker.kinds.evaluation.progress import EvaluationTracker
from worker.kinds.evaluation.rows import (
    batch_halved,
    details_document,
    epoch_finished,
    epoch_row,
    evaluation_started,
    evaluation_tested,
    processes_changed,
    result_document,
    succeeded,
)

_Resumable = EvaluationBatchHalved | EvaluationEpochFinished | EvaluationTested


@dataclass(frozen=True, kw_only=True)
class EvaluationRecorder:
    """Writes the events of one attempt at an evaluation. Every method may raise LeaseLost."""

    journal: Journal
    tracker: EvaluationTracker
    exporter: Exporter

    def reject_checkpoints(self, rejected: Sequence[RejectedCheckpoint], *, epochs: int) -> None:
        """Note checkpoints that were rejected, and delete what comes after the one that was used.

        Args:
            rejected: at least one.
            epochs: how many are finished where the evaluation continues.
        """
        self.journal.reject_checkpoints(rejected, partial(self._take_back, epochs=epochs))

    def report(self, event: EvaluationEvent) -> None:
        """Write what an event reports; a step is only counted, a validated batch not even that."""
        match event:
            case EvaluationStepFinished() | EvaluationBatchTested():
                self.tracker.follow(event)
            case EvaluationStarted():
                self.tracker.follow(event)
                self._begin(event)
            case EvaluationBatchHalved():
                self.tracker.follow(event)
                self._begin_again(event)
            case EvaluationProcessesChanged():
                self.journal.note(processes_changed(event))
            case EvaluationEpochFinished():
                self.tracker.follow(event)
                self._end_epoch(event)
            case EvaluationTested():
                self._end_test(event)
            case EvaluationFinished():
                self._succeed(event)

    def _begin(self, event: EvaluationStarted) -> None:
        def change(session: Session) -> None:
            line = evaluation_started(event)
            record(session, self.journal.lease, event=line, progress=self.tracker.latest)
            # Reported by an attempt that died without a checkpoint, or could not save one.
            self._take_back(session, epochs=0)

        self.journal.write(change)

    def _begin_again(self, event: EvaluationBatchHalved) -> None:
        def change(session: Session) -> None:
            line = batch_halved(event)
            record(session, self.journal.lease, event=line, progress=self.tracker.latest)
            self._take_back(session, epochs=event.epochs)

        self._write_with_checkpoint(event, change, goes_back=True)

    def _end_epoch(self, event: EvaluationEpochFinished) -> None:
        def change(session: Session) -> None:
            line = epoch_finished(event)
            record(session, self.journal.lease, event=line, progress=self.tracker.latest)
            session.merge(epoch_row(self._id, event))

        self._write_with_checkpoint(event, change)

    def _end_test(self, event: EvaluationTested) -> None:
        """Keep what was measured, so that no other attempt looks at the test images again."""
        line = evaluation_tested(event)
        self._write_with_checkpoint(
            event, lambda session: record(session, self.journal.lease, event=line)
        )

    def _succeed(self, event: EvaluationFinished) -> None:
        files = store_models(self.journal.artifacts, self._id, self.exporter, event)
        sheet = store_sheet(self.journal.artifacts, self._id, event.pictures)
        values = {
            "result": result_document(event.result),
            "details": details_document(event.result) | {"wrong_sheet": sheet},
            "models": [file.to_row() for file in files],
        }

        def change(session: Session) -> None:
            succeed(session, self.journal.lease, succeeded(event.result))
            row = Evaluation.id == self._id
            session.execute(update(Evaluation).where(row).values(values))

        self.journal.write(change)
        delete_other_models(self.journal.artifacts, self._id, files)

    @property
    def _id(self) -> str:
        return self.journal.lease.job_id

    def _take_back(self, session: Session, *, epochs: int) -> None:
        """Delete what was written of the evaluation after so many epochs."""
        later = (EvaluationEpoch.evaluation_id == self._id) & (EvaluationEpoch.epoch > epochs)
        session.execute(delete(EvaluationEpoch).where(later))

    def _write_with_checkpoint(
        self, event: _Resumable, change: Change, *, goes_back: bool = False
    ) -> None:
        checkpoint = pack(event.snapshot(), step=self.tracker.steps)
        self.journal.write_with_checkpoint(checkpoint, change, goes_back=goes_back)
