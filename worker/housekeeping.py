"""The thread of a worker's main process: its row, the recovery, and checks beside its job."""

import contextlib
import logging
import threading
from collections.abc import Callable

from celery import Celery
from sqlalchemy.exc import SQLAlchemyError

from store.database import Database
from store.settings import Settings
from worker.devices import describe_device
from worker.fork_guard import ForkGuard
from worker.gpu_watch import GpuWatch
from worker.identity import WorkerIdentity
from worker.lane import LEAVING_SECONDS, Lane
from worker.recovery import DatabaseStalled, Recovery
from worker.roster import Roster

_LONGEST_PAUSE_SECONDS = 30.0
_STOP_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Housekeeper:
    """Beats and recovers every few seconds, even while the database or the broker is down.

    Not while the process forks.

    Args:
        celery: the app used to ring for workers.
        settings: how often.
        identity: the worker's.
        name: the worker's, for people.
        on_beat: called at every beat with whether the worker is to drain.
    """

    def __init__(
        self,
        celery: Celery,
        settings: Settings,
        identity: WorkerIdentity,
        *,
        name: str,
        on_beat: Callable[[bool], None],
    ) -> None:
        self._celery = celery
        self._settings = settings
        self._identity = identity
        self._name = name
        self._on_beat = on_beat
        self._stopping = threading.Event()
        self._guard = ForkGuard()
        self._lane: Lane | None = None
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._guard.register()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and delete the worker's row."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)
        if self._lane is not None and self._lane.is_running:
            self._thread.join(LEAVING_SECONDS)

    def _run(self) -> None:
        database = Database(self._settings.database_url, pooled=False)
        with self._guard:
            device = describe_device(self._settings.gpus_per_worker)
            roster = Roster(database, self._identity, self._name, device)
            recovery = Recovery(database, self._celery, self._settings)
            lane = self._lane = Lane(database, self._settings, self._identity.id)
        gpus = GpuWatch(
            device.uuids,
            every_seconds=self._settings.recovery_seconds,
            is_busy=lambda: roster.is_busy,
        )
        gpus.start()
        pause = 0.0
        while not self._stopping.wait(pause):
            with self._guard:
                in_order = self._keep_house(roster, recovery, lane, gpus)
            usual = self._settings.recovery_seconds
            pause = usual if in_order else min(max(pause * 2, usual), _LONGEST_PAUSE_SECONDS)
        gpus.stop()
        lane.ask_to_stop()
        with self._guard, contextlib.suppress(SQLAlchemyError):
            roster.leave()
        lane.wait_for_end()

    def _keep_house(self, roster: Roster, recovery: Recovery, lane: Lane, gpus: GpuWatch) -> bool:
        try:
            is_to_drain = roster.beat(gpus.latest(), has_lane=lane.is_running)
            self._on_beat(is_to_drain)
            recovery.look()
            lane.look(is_busy=roster.is_busy, is_to_drain=is_to_drain)
        except (SQLAlchemyError, DatabaseStalled) as error:
            logger.warning("the database does not answer: %s", error)
            recovery.doubt_database()
            return False
        except Exception:
            logger.exception("the recovery failed; trying again later")
            return False
        return True
