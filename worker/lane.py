"""The check lane: a process beside a worker's job, for a check that would wait for that to end."""

import logging
import os
import subprocess
import sys
from contextlib import suppress

from store.database import Database
from store.settings import Settings
from store.tables import Job
from store.waiting import next_in_line
from worker.kinds.light import LIGHT_KINDS

LEAVING_SECONDS = 10.0
"""How long the process may take to give its job back when its worker ends."""

logger = logging.getLogger(__name__)


class Lane:
    """Starts the process when it is needed, and has it leave.

    The thread that starts it must live as long as the worker: when that thread ends, the kernel
    asks the process to leave.

    Args:
        database: where jobs are.
        settings: whether there is a lane.
        worker_id: the worker's, whose attempts these are.
    """

    def __init__(self, database: Database, settings: Settings, worker_id: str) -> None:
        self._database = database
        self._is_on = settings.check_lane == "on"
        self._worker_id = worker_id
        self._process: subprocess.Popen[bytes] | None = None

    def look(self, *, is_busy: bool, is_to_drain: bool) -> None:
        """Start a process if the worker is busy and a light job waits.

        Args:
            is_busy: whether the worker runs a job. One that does not takes what waits by itself.
            is_to_drain: whether it must give its jobs back.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        if is_to_drain:
            self.ask_to_stop()
        elif self._is_on and is_busy and not self.is_running and self._is_wanted():
            logger.info("a check waits: running it beside the job")
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [
                    *(sys.executable, "-P", "-m", "worker.lane_process"),
                    *(self._worker_id, str(os.getpid())),
                ],
                stdin=subprocess.DEVNULL,
            )

    @property
    def is_running(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Have the process give its job back at the next step, and end."""
        if self._process is not None:
            self._process.terminate()

    def wait_for_end(self) -> None:
        """Give the process some time to end."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(LEAVING_SECONDS)

    def _is_wanted(self) -> bool:
        with self._database.read() as session:
            return bool(next_in_line(session, Job.kind.in_(LIGHT_KINDS), limit=1))
