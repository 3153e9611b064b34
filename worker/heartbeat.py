"""The thread that keeps an attempt's lease alive and listens for its owner's wishes."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from store.database import Database
from store.lease import Lease, LeaseLost, Progress, Wishes, beat, read_wishes, record
from store.settings import Settings

_PROGRESS_SECONDS = 2.0
"""Time between two writings of the progress."""
_LEAVING_SECONDS = 5.0

logger = logging.getLogger(__name__)


class Heartbeat:
    """Renews a lease from its own thread while the block runs; its fields hold what it learns.

    Args:
        database: where the job's row is.
        lease: the lease to renew.
        settings: how often.
        progress: returns the newest progress, which is written too; None if there is none yet.
    """

    def __init__(
        self,
        database: Database,
        lease: Lease,
        settings: Settings,
        progress: Callable[[], Progress | None],
    ) -> None:
        self.wishes = Wishes(cancel=False, pause=False)
        self._database = database
        self._lease = lease
        self._settings = settings
        self._progress = progress
        self._written: Progress | None = None
        self._renewed_at = time.monotonic()
        self._progress_at = 0.0
        self._lost = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # A database that does not answer may hold the thread for a long time.
        self._thread.join(_LEAVING_SECONDS)

    @property
    def is_held(self) -> bool:
        """Tell whether the attempt may go on: the lease was renewed recently enough."""
        silent = time.monotonic() - self._renewed_at
        return not self._lost and silent < self._settings.stop_after_seconds

    def _run(self) -> None:
        period = min(self._settings.control_seconds, self._settings.beat_seconds)
        while not self._stopping.wait(period):
            try:
                self._look()
            except LeaseLost:
                self._lost = True
                return
            except SQLAlchemyError as error:
                logger.warning("could not renew the lease of %s: %s", self._lease.job_id, error)

    def _look(self) -> None:
        # Measured before the database is asked, so that we never think the lease longer than it is.
        now = time.monotonic()
        tells_progress = self._is_progress_due(now)
        if not tells_progress and now - self._renewed_at < self._settings.beat_seconds:
            with self._database.read() as session:
                self.wishes = read_wishes(session, self._lease)
            return
        with self._database.write() as session:
            told = self._renew(session, tells_progress=tells_progress)
        self._renewed_at = now
        if told is not None:
            self._written, self._progress_at = told, now

    def _renew(self, session: Session, *, tells_progress: bool) -> Progress | None:
        """Renew the lease, and return the progress that was written with it."""
        beat(session, self._lease, lease_seconds=self._settings.lease_seconds)
        # Asked only now: the beat locks the row, so nothing newer can have been written since.
        told = self._progress() if tells_progress else None
        if told is not None:
            record(session, self._lease, progress=told)
        self.wishes = read_wishes(session, self._lease)
        return told

    def _is_progress_due(self, now: float) -> bool:
        is_new = self._progress() is not self._written
        return is_new and now - self._progress_at >= _PROGRESS_SECONDS
