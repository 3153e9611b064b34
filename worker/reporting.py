"""Writes what a search tells: for each event of it one guarded transaction."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from pdarts_core.config import SearchConfig
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.events import (
    BatchHalved,
    EpochFinished,
    GenotypesDerived,
    OperationsPruned,
    SearchEvent,
    StageStarted,
    StepFinished,
)
from store.history import NewEvent
from store.lease import CheckpointPointer, Lease, record, record_checkpoint, succeed
from store.tables import Epoch, Stage
from store.types import db_now
from worker.checkpoints import CheckpointKeeper, RejectedCheckpoint
from worker.progress import ProgressTracker
from worker.rows import (
    batch_halved,
    checkpoint_failed,
    checkpoint_rejected,
    epoch_finished,
    epoch_row,
    genotype_rows,
    genotypes_derived,
    operations_pruned,
    pruned_cell,
    stage_row,
    stage_started,
)
from worker.writing import AttemptWriter

Change = Callable[[Session], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Writes the events of one attempt at a search. Every method may raise LeaseLost."""

    lease: Lease
    config: SearchConfig
    writer: AttemptWriter
    keeper: CheckpointKeeper
    tracker: ProgressTracker

    def note(self, event: NewEvent) -> None:
        """Write a line of the job's history."""
        self.writer.write(lambda session: record(session, self.lease, event=event))

    def reject_checkpoints(
        self, rejected: Sequence[RejectedCheckpoint], *, stage: int, epochs: int
    ) -> None:
        """Note checkpoints that were not trusted, and take back what comes after the one that was.

        Args:
            rejected: at least one.
            stage: the stage that the search goes on in, counted from 1.
            epochs: how many of its epochs are behind.
        """

        def change(session: Session) -> None:
            for checkpoint in rejected:
                record(session, self.lease, event=checkpoint_rejected(checkpoint))
            take_back(session, self.lease.job_id, stage=stage, epochs=epochs)

        for checkpoint in rejected:
            self.keeper.distrust(checkpoint.key)
        self.writer.write(change)

    def report(self, event: SearchEvent) -> None:
        """Write what an event tells; a step is only counted, a validated batch not even that."""
        match event:
            case StepFinished():
                self.tracker.follow(event)
            case StageStarted():
                self.tracker.follow(event)
                self._begin_stage(event)
            case BatchHalved():
                self._begin_stage_again(event)
            case EpochFinished():
                self.tracker.follow(event)
                self._end_epoch(event)
            case OperationsPruned():
                self._end_stage(event)
            case GenotypesDerived():
                self._succeed(event)

    def write_with_checkpoint(
        self, checkpoint: Checkpoint, change: Change, *, goes_back: bool = False
    ) -> None:
        """Save a checkpoint and point to it in the transaction of a change.

        A disk that takes no checkpoint is noted, and does not end the search.

        Args:
            checkpoint: where the search goes on.
            change: what is written besides.
            goes_back: whether that is before what was told: no progress, and no place to be
                left for an older checkpoint, whose epochs are told of no more.
        """
        pointer, refused = self._save(checkpoint)

        def change_and_point(session: Session) -> None:
            if pointer is not None:
                record_checkpoint(session, self.lease, pointer, is_progress=not goes_back)
            if refused is not None:
                record(session, self.lease, event=refused)
            change(session)

        self.writer.write(change_and_point)
        if pointer is not None:
            self.keeper.keep(pointer.key, alone=goes_back)

    def _begin_stage(self, event: StageStarted) -> None:
        def change(session: Session) -> None:
            record(session, self.lease, event=stage_started(event), progress=self.tracker.latest)
            # What an attempt told that died without a checkpoint, or could not save one.
            take_back(session, self.lease.job_id, stage=event.stage, epochs=0)
            session.merge(stage_row(self.lease.job_id, event))

        self.writer.write(change)

    def _begin_stage_again(self, event: BatchHalved) -> None:
        def change(session: Session) -> None:
            record(session, self.lease, event=batch_halved(event))
            take_back(session, self.lease.job_id, stage=event.stage, epochs=0)

        self.write_with_checkpoint(event.snapshot(), change, goes_back=True)

    def _end_epoch(self, event: EpochFinished) -> None:
        epochs = self.config.stages[event.stage - 1].epochs

        def change(session: Session) -> None:
            line = epoch_finished(event, epochs=epochs)
            record(session, self.lease, event=line, progress=self.tracker.latest)
            session.merge(epoch_row(self.lease.job_id, event))

        self.write_with_checkpoint(event.snapshot(), change)

    def _end_stage(self, event: OperationsPruned) -> None:
        row = (Stage.search_id == self.lease.job_id) & (Stage.stage == event.stage)
        cells = {kind: pruned_cell(cell) for kind, cell in event.cells.items()}

        def change(session: Session) -> None:
            record(session, self.lease, event=operations_pruned(event))
            session.execute(update(Stage).where(row).values(**cells, finished_at=db_now()))

        self.write_with_checkpoint(event.snapshot(), change)

    def _succeed(self, event: GenotypesDerived) -> None:
        def change(session: Session) -> None:
            record(session, self.lease, event=genotypes_derived(event))
            session.add_all(genotype_rows(self.lease.job_id, event))
            succeed(session, self.lease, NewEvent(type="succeeded", message="the search is done"))

        self.writer.write(change)

    def _save(self, checkpoint: Checkpoint) -> tuple[CheckpointPointer | None, NewEvent | None]:
        try:
            return self.keeper.save(checkpoint, step=self.tracker.steps), None
        except OSError as error:
            logger.warning("no checkpoint of %s was saved: %s", self.lease.job_id, error)
            return None, checkpoint_failed(error)


def take_back(session: Session, search_id: str, *, stage: int, epochs: int) -> None:
    """Delete what was written of a search after an epoch of a stage, both counted from 1."""
    later = (Epoch.stage > stage) | ((Epoch.stage == stage) & (Epoch.epoch > epochs))
    session.execute(delete(Epoch).where(Epoch.search_id == search_id, later))
    stages = Stage.search_id == search_id
    session.execute(delete(Stage).where(stages, Stage.stage > stage))
    unfinished = {"normal": None, "reduce": None, "finished_at": None}
    session.execute(update(Stage).where(stages, Stage.stage == stage).values(unfinished))
