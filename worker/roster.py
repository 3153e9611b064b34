"""A worker's row: who it is, what it runs, and that it is alive."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.database import Database
from store.gpu_readings import GpuReading, stored
from store.states import JobState
from store.tables import Job, Worker
from store.types import db_now
from worker.devices import DeviceDescription
from worker.identity import VERSION, WorkerIdentity
from worker.kinds.light import LIGHT_KINDS

FORGOTTEN_AFTER = timedelta(hours=1)
"""How long a dead worker's row is shown."""


class Roster:
    """Keeps one worker's row up to date."""

    def __init__(
        self, database: Database, identity: WorkerIdentity, name: str, device: DeviceDescription
    ) -> None:
        self._database = database
        self._identity = identity
        self._name = name
        self._device = device
        self._draining = False
        self.is_busy = False
        """Whether a job of this worker's was running at the last beat."""

    def beat(self, gpus: Sequence[GpuReading] = (), *, has_lane: bool = False) -> bool:
        """Report that the worker is alive, and return whether it is to drain.

        If its row is gone, the last answer still holds.

        Args:
            gpus: what was last read of the worker's GPUs.
            has_lane: whether a check runs beside, which keeps the worker from no other job.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        runs = (
            select(Job.id)
            .where(
                Job.state == JobState.RUNNING,
                Job.lease_owner == self._identity.id,
                *([Job.kind.not_in(LIGHT_KINDS)] if has_lane else []),
            )
            # Of a job and a check that runs beside it, people want to know of the job.
            .order_by(Job.kind.in_(LIGHT_KINDS))
            .limit(1)
            .scalar_subquery()
        )
        alive = (
            update(Worker)
            .where(Worker.id == self._identity.id)
            .values(last_beat_at=db_now(), job_id=runs, gpus=stored(gpus))
            .returning(Worker.draining, Worker.job_id)
        )
        with self._database.write() as session:
            self._forget_the_dead(session)
            row = session.execute(alive).one_or_none()
            if row is None:
                session.add(self._new_row(gpus))
            else:
                self._draining = row.draining
                self.is_busy = row.job_id is not None
        return self._draining

    def leave(self) -> None:
        """Delete the row. Raises SQLAlchemyError if the database does not answer."""
        with self._database.write() as session:
            session.execute(delete(Worker).where(Worker.id == self._identity.id))

    def _new_row(self, gpus: Sequence[GpuReading]) -> Worker:
        return Worker(
            id=self._identity.id,
            name=self._name,
            host=self._identity.host,
            pid=self._identity.pid,
            device=self._device.kind,
            device_name=self._device.name,
            memory_bytes=self._device.memory_bytes,
            device_count=self._device.count,
            gpus=stored(gpus),
            version=VERSION,
            draining=self._draining,
        )

    @staticmethod
    def _forget_the_dead(session: Session) -> None:
        long_ago = db_now(-FORGOTTEN_AFTER.total_seconds())
        session.execute(delete(Worker).where(Worker.last_beat_at < long_ago))
