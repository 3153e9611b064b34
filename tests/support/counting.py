"""A second kind of job, in tests alone: it counts to a number, a step at a time.

It has no table of its own and nothing to do with networks. Importing this registers it, in this
process, with the same calls as any other kind.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from store.database import Database
from store.history import NewEvent
from store.kinds import Kind, register
from store.lease import Progress, record, succeed
from store.lifecycle import enqueue
from store.new_jobs import new_job
from store.settings import Settings
from store.states import ErrorCode
from store.types import db_now
from worker.checkpoints import (
    CheckpointUnreadable,
    NewCheckpoint,
    RejectedCheckpoint,
    StoredCheckpoint,
)
from worker.claims import ClaimedJob
from worker.control import Control
from worker.failures import Failure
from worker.journal import Journal
from worker.kinds.registry import register as register_work
from worker.work import WorkerKind

COUNT = register(
    Kind(
        name="count",
        noun="count",
        plural="counts",
        id_prefix="cnt",
        id_field="count_id",
        webhook_events={"succeeded": "count.succeeded", "failed": "count.failed"},
        told_members=("code", "reached"),
    )
)


class Miscounted(Exception):
    """The spec wants its count to fail at this number."""


@dataclass(frozen=True, kw_only=True)
class CountSpec:
    """What a count was asked for."""

    to: int
    seconds: float = 0.0
    """How long each step takes."""
    fails_at: int | None = None

    @classmethod
    def from_row(cls, spec: Mapping[str, Any]) -> "CountSpec":
        return cls(to=spec["to"], seconds=spec.get("seconds", 0.0), fails_at=spec.get("fails_at"))


class CountWork:
    """One attempt's part of a count; each number is reported, with a checkpoint."""

    def __init__(self, job: ClaimedJob, _settings: Settings) -> None:
        self._pointer = job.checkpoint
        self._spec = CountSpec.from_row(job.spec)
        self._reached: int | None = None

    @property
    def progress(self) -> Progress | None:
        reached = self._reached
        if reached is None:
            return None
        left = self._spec.to - reached
        return Progress(
            fraction=reached / self._spec.to,
            place={"reached": reached},
            remaining_seconds=left * self._spec.seconds,
        )

    def run(self, journal: Journal, control: Control) -> None:
        for number in range(self._start(journal) + 1, self._spec.to + 1):
            time.sleep(self._spec.seconds)
            control.went_on()
            if number == self._spec.fails_at:
                raise Miscounted(f"what comes after {number - 1}?")
            self._reached = number
            self._tell(journal, number)
            control.stop_if_wanted(partial(_pack, number))
        self._end(journal)

    def _start(self, journal: Journal) -> int:
        """Return the number that was reached before, as the newest good checkpoint has it."""
        rejected: list[RejectedCheckpoint] = []
        reached = 0
        for found in journal.keeper.stored(self._pointer, _unpack):
            if isinstance(found, StoredCheckpoint):
                reached = found.checkpoint
                break
            rejected.append(found)
        if rejected:
            journal.reject_checkpoints(rejected, lambda _: None)
        return reached

    def _tell(self, journal: Journal, number: int) -> None:
        line = NewEvent(type="counted", message=str(number), data={"reached": number})

        def change(session: Session) -> None:
            record(session, journal.lease, event=line, progress=self.progress)

        journal.write_with_checkpoint(_pack(number), change)

    def _end(self, journal: Journal) -> None:
        line = NewEvent(
            type="succeeded",
            message=f"counted to {self._spec.to}",
            data={"reached": self._spec.to, "secret": "told to nobody"},
        )
        journal.write(lambda session: succeed(session, journal.lease, line))


def _pack(number: int) -> NewCheckpoint:
    return NewCheckpoint(data=str(number).encode(), place=(number,), device=None)


def _unpack(data: bytes) -> int:
    try:
        return int(data)
    except ValueError as error:
        raise CheckpointUnreadable("this is no number") from error


def _failure_of(error: Exception) -> Failure | None:
    if isinstance(error, Miscounted):
        return Failure(code=ErrorCode.DIVERGED, message=f"it went astray: {error}")
    return None


register_work(WorkerKind(kind=COUNT, prepare=CountWork, failure_of=_failure_of))


def make_count(session: Session, *, owner: str = "local", **spec: Any) -> str:
    """Queue a count whose ring is due, and return its id."""
    max_attempts = spec.pop("max_attempts", 3)
    whole = {"name": None, "metadata": {}, "priority": 0, "to": 3} | spec
    job = new_job(COUNT, owner, whole, max_attempts=max_attempts)
    enqueue(session, job, NewEvent(type="submitted", message="submitted"))
    job.dispatch_after = db_now()
    session.flush()
    return job.id


def queue_count(database: Database, **spec: Any) -> str:
    """Queue a count in a transaction of its own."""
    with database.write() as session:
        return make_count(session, **spec)
