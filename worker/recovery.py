"""Finds jobs whose worker was lost, and jobs that nobody rang for.

Every worker looks, and any number may at the same time: each move is a guarded statement.
"""

import logging
import time
from collections.abc import Callable

from celery import Celery

from store.database import Database
from store.lifecycle import expire_leases, take_due_rings
from store.queue import Doorbell, count_messages
from store.settings import Settings

_BROKER_SECONDS = 2

logger = logging.getLogger(__name__)


class DatabaseStalled(Exception):
    """A statement took so long that leases may have expired meanwhile."""


class DatabaseHealth:
    """How long the database has answered without a gap that kept leases from being renewed.

    Args:
        allowed_silence: the longest time between two answers, in seconds.
        clock: seconds that only grow.
    """

    def __init__(
        self, *, allowed_silence: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowed_silence = allowed_silence
        self._clock = clock
        self._healthy_since: float | None = None
        self._answered_at = 0.0

    def answered(self) -> None:
        """Note that the database has just answered."""
        now = self._clock()
        if self._healthy_since is None or now - self._answered_at > self._allowed_silence:
            self._healthy_since = now
        self._answered_at = now

    def failed(self) -> None:
        """Note that it did not."""
        self._healthy_since = None

    @property
    def seconds(self) -> float:
        """How long it has been healthy."""
        return 0.0 if self._healthy_since is None else self._answered_at - self._healthy_since


class Recovery:
    """Looks for lost and unsent jobs, once a call.

    Args:
        database: where jobs are.
        celery: the app used to ring for workers.
        settings: how long leases last.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        database: Database,
        celery: Celery,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._celery = celery
        self._doorbell = Doorbell(celery)
        self._lease_seconds = settings.lease_seconds
        self._health = DatabaseHealth(
            allowed_silence=settings.recovery_seconds + settings.beat_seconds * 2, clock=clock
        )

    def look(self) -> None:
        """Queue lost jobs, and ring for those that are due.

        Raises:
            SQLAlchemyError: the database does not answer.
            DatabaseStalled: it took too long to answer.
        """
        self._expire()
        unheard = count_messages(self._celery, timeout_seconds=_BROKER_SECONDS)
        if unheard is not None:
            self._ring(unheard)

    def doubt_database(self) -> None:
        """Expire nothing until the database has been healthy for a whole lease again."""
        self._health.failed()

    def _expire(self) -> None:
        """Take lost jobs from their workers, unless the database may have held up their beats."""
        self._database.ping()
        self._health.answered()
        if self._health.seconds < self._lease_seconds:
            return
        with self._database.write() as session:
            lost = expire_leases(session)
            self._health.answered()
            if self._health.seconds < self._lease_seconds:
                raise DatabaseStalled
        for job_id in lost:
            logger.warning("the worker of %s was lost", job_id)

    def _ring(self, unheard: int) -> None:
        with self._database.write() as session:
            due = take_due_rings(session)
        # A message that nobody has taken yet wakes a worker as well as a new one would; without
        # this, messages would pile up while all workers are busy. A broker that refuses one
        # refuses all; the recovery rings again later.
        all(self._doorbell.ring(job_id) for job_id in due[unheard:])
