"""An attempt's transactions, retried until the database has accepted or refused them."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception,
    wait_random_exponential,
)

from store.database import Database, may_answer_later
from store.lease import Lease, LeaseLost
from store.tables import Event

T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 5.0

logger = logging.getLogger(__name__)


class AttemptWriter:
    """Commits what an attempt reports, exactly once, while it holds its lease.

    Args:
        database: where to write.
        lease: the attempt's right to write.
        is_held: tells whether we believe that the lease is still held; if not, nothing is tried.
    """

    def __init__(self, database: Database, lease: Lease, is_held: Callable[[], bool]) -> None:
        self._database = database
        self._lease = lease
        self._is_held = is_held

    def write(self, change: Callable[[Session], None]) -> None:
        """Run and commit a change, which must be guarded by the lease and must write an event.

        A commit whose reply was lost is recognised by that event.

        Raises:
            LeaseLost: the attempt must stop. Nothing was written, unless the database was lost
                between a commit and its reply and did not come back in time.
        """
        self._patiently(_Transaction(self._database, self._lease.job_id, change).run)

    def read(self, question: Callable[[Session], T]) -> T:
        """Return the answer to a question, as soon as the database gives one.

        Raises:
            LeaseLost: the attempt must stop.
        """

        def ask() -> T:
            with self._database.read() as session:
                return question(session)

        return self._patiently(ask)

    def _patiently(self, act: Callable[[], T]) -> T:
        retrying = Retrying(
            retry=retry_if_exception(may_answer_later),
            stop=lambda _: not self._is_held(),
            wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_WAIT_SECONDS),
            before_sleep=_log_outage,
        )
        try:
            return retrying(act)
        except RetryError as error:
            raise LeaseLost(self._lease.job_id) from error


class _EventMark(NamedTuple):
    seq: int
    type: str
    time: datetime


class _Transaction:
    def __init__(self, database: Database, job_id: str, change: Callable[[Session], None]) -> None:
        self._database = database
        self._newest = (
            select(Event.seq, Event.type, Event.time)
            .where(Event.job_id == job_id)
            .order_by(Event.seq.desc())
        )
        self._change = change
        self._ready: _EventMark | None = None
        """The event of a run that got as far as its commit."""

    def run(self) -> None:
        with self._database.write() as session:
            if self._ready is not None and self._is_committed(session, self._ready):
                return
            self._ready = None
            self._change(session)
            self._ready = _EventMark(*session.execute(self._newest.limit(1)).one())

    def _is_committed(self, session: Session, mark: _EventMark) -> bool:
        row = session.execute(self._newest.where(Event.seq == mark.seq)).one_or_none()
        return row is not None and _EventMark(*row) == mark


def _log_outage(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("the database did not answer or took nothing; trying again: %s", error)
