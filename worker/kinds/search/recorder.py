"""Writes what a search reports: one guarded transaction for each of its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from pdarts_core.config import SearchConfig
from pdarts_core.stages.events import (
    BatchHalved,
    EpochFinished,
    GenotypesDerived,
    KernelsFailed,
    NotRecorded,
    OperationsPruned,
    ProcessesChanged,
    SearchEvent,
    StageStarted,
    StepFinished,
)
from store.lease import record, succeed
from store.tables import Epoch, Search, Stage
from store.types import db_now
from worker.checkpoints import RejectedCheckpoint
from worker.journal import Change, Journal
from worker.kinds.search.checkpoints import pack
from worker.kinds.search.progress import ProgressTracker
from worker.kinds.search.rows import (
    batch_halved,
    collapsed,
    epoch_finished,
    epoch_row,
    genotype_rows,
    genotypes_derived,
    kernels_failed,
    not_recorded,
    operations_pruned,
    processes_changed,
    pruned_cell,
    signal_document,
    stage_row,
    stage_started,
    succeeded,
)

_Resumable = BatchHalved | EpochFinished | OperationsPruned


@dataclass(frozen=True, kw_only=True)
class SearchRecorder:
    """Writes the events of one attempt at a search. Every method may raise LeaseLost."""

    journal: Journal
    config: SearchConfig
    tracker: ProgressTracker

    def reject_checkpoints(
        self, rejected: Sequence[RejectedCheckpoint], *, stage: int, epochs: int
    ) -> None:
        """Note checkpoints that were rejected, and delete what comes after the one that was used.

        Args:
            rejected: at least one.
            stage: the stage that the search continues in, counted from 1.
            epochs: how many of its epochs are finished.
        """
        search_id = self._search_id
        self.journal.reject_checkpoints(
            rejected, partial(take_back, search_id=search_id, stage=stage, epochs=epochs)
        )

    def report(self, event: SearchEvent) -> None:
        """Write what an event reports; a step is only counted, a validated batch not even that."""
        match event:
            case StepFinished():
                self.tracker.follow(event)
            case StageStarted():
                self.tracker.follow(event)
                self._begin_stage(event)
            case BatchHalved():
                self._begin_stage_again(event)
            case NotRecorded():
                self.journal.note(not_recorded(event))
            case KernelsFailed():
                self.journal.note(kernels_failed(event))
            case ProcessesChanged():
                self.journal.note(processes_changed(event))
            case EpochFinished():
                self.tracker.follow(event)
                self._end_epoch(event)
            case OperationsPruned():
                self._end_stage(event)
            case GenotypesDerived():
                self._succeed(event)

    def _begin_stage(self, event: StageStarted) -> None:
        def change(session: Session) -> None:
            record(
                session,
                self.journal.lease,
                event=stage_started(event),
                progress=self.tracker.latest,
            )
            # Reported by an attempt that died without a checkpoint, or could not save one.
            take_back(session, self._search_id, stage=event.stage, epochs=0)
            session.merge(stage_row(self._search_id, event))

        self.journal.write(change)

    def _begin_stage_again(self, event: BatchHalved) -> None:
        def change(session: Session) -> None:
            record(session, self.journal.lease, event=batch_halved(event))
            take_back(session, self._search_id, stage=event.stage, epochs=0)

        self._write_with_checkpoint(event, change, goes_back=True)

    def _end_epoch(self, event: EpochFinished) -> None:
        epochs = self.config.stages[event.stage - 1].epochs

        def change(session: Session) -> None:
            line = epoch_finished(event, epochs=epochs)
            record(session, self.journal.lease, event=line, progress=self.tracker.latest)
            session.merge(epoch_row(self._search_id, event))
            if event.collapse is not None:
                record(session, self.journal.lease, event=collapsed(event, event.collapse))
                session.execute(
                    update(Stage)
                    .where(Stage.search_id == self._search_id, Stage.stage == event.stage)
                    .values(collapsed_epoch=event.epoch)
                )

        self._write_with_checkpoint(event, change)

    def _end_stage(self, event: OperationsPruned) -> None:
        row = (Stage.search_id == self._search_id) & (Stage.stage == event.stage)
        cells = {kind: pruned_cell(cell) for kind, cell in event.cells.items()}
        told = {"signal": signal_document(event.signal), "finished_at": db_now()}

        def change(session: Session) -> None:
            record(session, self.journal.lease, event=operations_pruned(event))
            session.execute(update(Stage).where(row).values(cells | told))

        self._write_with_checkpoint(event, change)

    def _succeed(self, event: GenotypesDerived) -> None:
        signal = event.signal and signal_document(event.signal)

        def change(session: Session) -> None:
            record(session, self.journal.lease, event=genotypes_derived(event))
            session.add_all(genotype_rows(self._search_id, event))
            row = Search.id == self._search_id
            session.execute(update(Search).where(row).values(signal=signal))
            succeed(session, self.journal.lease, succeeded(event.signal))

        self.journal.write(change)

    @property
    def _search_id(self) -> str:
        return self.journal.lease.job_id

    def _write_with_checkpoint(
        self, event: _Resumable, change: Change, *, goes_back: bool = False
    ) -> None:
        checkpoint = pack(event.snapshot(), step=self.tracker.steps)
        self.journal.write_with_checkpoint(checkpoint, change, goes_back=goes_back)


def take_back(session: Session, search_id: str, *, stage: int, epochs: int) -> None:
    """Delete what was written of a search after an epoch of a stage, both counted from 1."""
    later = (Epoch.stage > stage) | ((Epoch.stage == stage) & (Epoch.epoch > epochs))
    session.execute(delete(Epoch).where(Epoch.search_id == search_id, later))
    stages = Stage.search_id == search_id
    session.execute(delete(Stage).where(stages, Stage.stage > stage))
    unfinished = {"normal": None, "reduce": None, "signal": None, "finished_at": None}
    begun = stages & (Stage.stage == stage)
    session.execute(update(Stage).where(begun).values(unfinished))
    session.execute(
        update(Stage).where(begun, Stage.collapsed_epoch > epochs).values(collapsed_epoch=None)
    )
