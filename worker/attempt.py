"""One attempt at a job of any kind, from its claim to its end."""

import logging
from collections.abc import Callable
from functools import partial
from traceback import format_exception

from sqlalchemy.orm import Session

from pdarts_core.parallel.communicator import ProcessLost
from store.artifacts import ArtifactStore, ArtifactsUnreachable
from store.database import Database
from store.lease import (
    LeaseLost,
    Progress,
    beat,
    cancel,
    fail,
    lose,
    pause,
    read_wishes,
    release,
)
from store.logs import set_process_fields
from store.settings import Settings
from worker.checkpoints import CheckpointKeeper
from worker.claims import ClaimedJob
from worker.control import Control, Stopped
from worker.failures import defect
from worker.heartbeat import Heartbeat
from worker.journal import Journal
from worker.watchdog import Watchdog
from worker.work import Work, WorkerKind
from worker.writing import AttemptWriter

_PAUSE_SECONDS = 60.0
"""Before a job whose files could not be reached is tried again; longer each time in a row."""

logger = logging.getLogger(__name__)


class Attempt:
    """An attempt that has claimed its job.

    Args:
        claimed: the job that it runs.
        kind: knows how to run it.
        database: where it reports.
        artifacts: where its checkpoints go.
        settings: how its lease is kept, and where images are.
        must_leave: tells whether its process is to end.
    """

    def __init__(
        self,
        claimed: ClaimedJob,
        *,
        kind: WorkerKind,
        database: Database,
        artifacts: ArtifactStore,
        settings: Settings,
        must_leave: Callable[[], bool],
    ) -> None:
        self._claimed = claimed
        self._kind = kind
        self._lease = claimed.lease
        self._settings = settings
        self._must_leave = must_leave
        self._work: Work | None = None
        self._heartbeat = Heartbeat(database, self._lease, settings, self._progress)
        self._journal = Journal(
            kind=kind.kind,
            lease=self._lease,
            writer=AttemptWriter(database, self._lease, lambda: self._heartbeat.is_held),
            keeper=CheckpointKeeper(artifacts, self._lease),
            artifacts=artifacts,
        )

    def run(self) -> None:
        """Run it to its end, or to where it has to stop."""
        field = self._kind.kind.id_field
        set_process_fields(**{field: self._job})
        logger.info("attempt %d starts", self._lease.attempt)
        with self._heartbeat:
            try:
                self._work_or_fail()
            except LeaseLost:
                logger.warning("attempt %d at %s lost its lease", self._lease.attempt, self._job)
        set_process_fields(**{field: None})

    @property
    def _job(self) -> str:
        return self._lease.job_id

    def _progress(self) -> Progress | None:
        return self._work.progress if self._work else None

    def _work_or_fail(self) -> None:
        try:
            self._go_on()
        except LeaseLost:
            raise
        except ArtifactsUnreachable as error:
            self._give_back(f"returned to the queue: the artifact store does not answer ({error})")
        except ProcessLost as error:
            logger.warning("attempt %d at %s: %s", self._lease.attempt, self._job, error)
            self._journal.write(partial(self._leave, reason=str(error), counts_as_lost=True))
        except Exception as error:
            logger.exception("attempt %d at %s failed", self._lease.attempt, self._job)
            failure = self._kind.failure_of(error) or defect(error)
            trace = "".join(format_exception(error))
            write_failure = partial(
                fail, lease=self._lease, code=failure.code, message=failure.message, trace=trace
            )
            self._journal.write(write_failure)

    def _give_back(self, reason: str) -> None:
        logger.warning("attempt %d at %s: %s", self._lease.attempt, self._job, reason)
        self._journal.write(partial(self._leave, reason=reason, wait_seconds=_PAUSE_SECONDS))

    def _go_on(self) -> None:
        self._work = self._kind.prepare(self._claimed, self._settings)
        with Watchdog(self._settings.step_timeout_seconds) as watchdog:
            control = Control(
                job_id=self._job,
                heartbeat=self._heartbeat,
                watchdog=watchdog,
                must_leave=self._must_leave,
            )
            try:
                self._work.run(self._journal, control)
            except Stopped as stopped:
                control.went_on()
                self._stop(stopped)

    def _stop(self, stopped: Stopped) -> None:
        if stopped.checkpoint is None:
            self._journal.write(self._leave)
        else:
            self._journal.write_with_checkpoint(stopped.checkpoint, self._leave)

    def _leave(
        self,
        session: Session,
        reason: str = "returned to the queue",
        *,
        wait_seconds: float = 0.0,
        counts_as_lost: bool = False,
    ) -> None:
        """Follow the owner's wishes as they are now: they may have just changed."""
        # The beat locks the row, so no wish can slip in between the read and the write.
        beat(session, self._lease, lease_seconds=self._settings.lease_seconds)
        wishes = read_wishes(session, self._lease)
        if wishes.cancel:
            cancel(session, self._lease)
        elif wishes.pause:
            pause(session, self._lease)
        elif counts_as_lost:
            lose(session, self._lease, reason)
        else:
            release(session, self._lease, reason, wait_seconds=wait_seconds)
