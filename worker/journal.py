"""What an attempt writes about its job: one guarded transaction for each report."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from store.artifacts import ArtifactStore
from store.history import NewEvent
from store.kinds import Kind
from store.lease import CheckpointPointer, Lease, record, record_checkpoint
from store.states import EventLevel
from worker.checkpoints import CheckpointKeeper, NewCheckpoint, RejectedCheckpoint
from worker.writing import AttemptWriter

T = TypeVar("T")
Change = Callable[[Session], None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Journal:
    """Writes what one attempt at a job of any kind reports. Every method may raise LeaseLost."""

    kind: Kind
    lease: Lease
    writer: AttemptWriter
    keeper: CheckpointKeeper
    artifacts: ArtifactStore
    """Where files go that a job ends with."""

    def read(self, question: Callable[[Session], T]) -> T:
        """Return what the database knows about the job, in a session of its own."""
        return self.writer.read(question)

    def note(self, event: NewEvent) -> None:
        """Write a line of the job's history."""
        self.write(lambda session: record(session, self.lease, event=event))

    def write(self, change: Change) -> None:
        """Run and commit a change, which must be guarded by the lease and must write an event."""
        self.writer.write(change)

    def write_with_checkpoint(
        self, checkpoint: NewCheckpoint, change: Change, *, goes_back: bool = False
    ) -> None:
        """Save a checkpoint and point to it in the transaction of a change.

        If a checkpoint cannot be saved, this is noted, and the job continues.

        Args:
            checkpoint: where the job continues.
            change: what else is written.
            goes_back: whether that is before what has been reported. Then it is no progress,
                and the job must not go back to an older checkpoint.
        """
        pointer, refused = self._save(checkpoint)

        def change_and_point(session: Session) -> None:
            if pointer is not None:
                record_checkpoint(session, self.lease, pointer, is_progress=not goes_back)
            if refused is not None:
                record(session, self.lease, event=refused)
            change(session)

        self.write(change_and_point)
        if pointer is not None:
            self.keeper.keep(pointer.key, alone=goes_back)

    def reject_checkpoints(self, rejected: Sequence[RejectedCheckpoint], take_back: Change) -> None:
        """Note checkpoints that were rejected, and delete what was reported after the one used.

        Args:
            rejected: at least one.
            take_back: deletes what comes after the checkpoint that the job continues from.
        """

        def change(session: Session) -> None:
            for checkpoint in rejected:
                record(session, self.lease, event=_rejected(checkpoint))
            take_back(session)

        for checkpoint in rejected:
            self.keeper.distrust(checkpoint.key)
        self.write(change)

    def _save(self, checkpoint: NewCheckpoint) -> tuple[CheckpointPointer | None, NewEvent | None]:
        try:
            return self.keeper.save(checkpoint), None
        except OSError as error:
            logger.warning("could not save a checkpoint of %s: %s", self.lease.job_id, error)
            return None, self._failed(error)

    def _failed(self, error: OSError) -> NewEvent:
        message = f"could not save a checkpoint: {error}; the {self.kind.noun} continues"
        return NewEvent(type="checkpoint_failed", message=message, level=EventLevel.WARNING)


def _rejected(rejected: RejectedCheckpoint) -> NewEvent:
    message = f"ignored a checkpoint: {rejected.reason}"
    data = {"key": rejected.key}
    return NewEvent(
        type="checkpoint_rejected", message=message, level=EventLevel.WARNING, data=data
    )
