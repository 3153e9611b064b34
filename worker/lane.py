"""The check lane: a process beside a worker's job, so that no check waits for that to end."""

import logging
import os
import subprocess
import sys
import time
from contextlib import suppress

from store.database import Database
from store.settings import Settings
from store.tables import Job
from store.waiting import next_in_line
from worker.kinds.light import LIGHT_KINDS

LEAVING_SECONDS = 10.0
"""How long the process may take to give its job back when its worker ends."""
_LONGEST_PAUSE_SECONDS = 300.0

logger = logging.getLogger(__name__)


class Lane:
    """Starts the process when it is needed, and has it leave.

    The thread that starts it must live as long as the worker: when that thread ends, the kernel
    asks the process to leave.

    Args:
        database: where jobs are.
        settings: whether there is a lane, and how often it is looked after.
        worker_id: the worker's, whose attempts these are.
    """

    def __init__(self, database: Database, settings: Settings, worker_id: str) -> None:
        self._database = database
        self._is_on = settings.check_lane == "on"
        self._worker_id = worker_id
        self._process: subprocess.Popen[bytes] | None = None
        self._is_leaving = False
        self._shortest_pause = self._pause = settings.recovery_seconds
        self._not_before = 0.0
        """On the monotonic clock; after a process that failed."""

    def look(self, *, is_busy: bool, is_to_drain: bool) -> None:
        """Start a process if the worker is busy and a light job waits.

        Args:
            is_busy: whether the worker runs a job. One that does not takes what waits by itself.
            is_to_drain: whether it must give its jobs back.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        self._notice_end()
        if is_to_drain:
            self.ask_to_stop()
        elif self._is_on and is_busy and self._may_start() and self._is_wanted():
            self._start()

    @property
    def is_running(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Have the process give its job back at the next step, and end."""
        if self._process is not None:
            self._is_leaving = True
            self._process.terminate()

    def wait_for_end(self) -> None:
        """Give the process some time to end."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING_SECONDS)

    def _start(self) -> None:
        logger.info("a check waits: running it in the check lane, beside the job")
        program = (sys.executable, "-P", "-m", "worker.lane_process")
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [*program, self._worker_id, str(os.getpid())], stdin=subprocess.DEVNULL
            )
        except OSError as error:
            self._put_off(f"cannot be started: {error}")

    def _notice_end(self) -> None:
        if self._process is None or self._process.poll() is None:
            return
        code, was_asked = self._process.returncode, self._is_leaving
        self._process, self._is_leaving = None, False
        if code == 0 or was_asked:
            self._pause = self._shortest_pause
        else:
            self._put_off(
                f"was ended by signal {-code}" if code < 0 else f"failed with code {code}"
            )

    def _put_off(self, why: str) -> None:
        """Start no other process for a while: it may fail again, and costs seconds."""
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        self._not_before = time.monotonic() + self._pause
        logger.warning(
            "the process of the check lane %s; the next one starts in %.0f s at the earliest",
            *(why, self._pause),
        )

    def _may_start(self) -> bool:
        return self._process is None and time.monotonic() >= self._not_before

    def _is_wanted(self) -> bool:
        with self._database.read() as session:
            return bool(next_in_line(session, Job.kind.in_(LIGHT_KINDS), limit=1))
