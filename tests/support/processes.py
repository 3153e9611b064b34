"""Real worker processes, and what tests do with them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

import psutil

from tests.support.launcher import LaunchedProcess, get_launcher
from tests.support.servers import wait_until

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
LEASE_SECONDS = 3.0
_QUICK = {
    "PDARTS_LEASE_SECONDS": str(LEASE_SECONDS),
    "PDARTS_RECOVERY_SECONDS": "0.5",
    "PDARTS_CONTROL_SECONDS": "0.1",
    "OMP_NUM_THREADS": "1",
}


def quick_environment(home: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the environment of a service with leases short enough for tests to wait for."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("PDARTS_")
    }
    places = {
        "PDARTS_HOME": str(home),
        "PDARTS_DATABASE_URL": database_url,
        "PDARTS_REDIS_URL": redis_url,
    }
    return inherited | _QUICK | places


class WorkerProcess:
    """A Celery worker: a main process, and a child for each search.

    Args:
        home: its folder, for artifacts, data sets and its log; workers may share one.
        database_url: where jobs are.
        redis_url: its broker.
        environment: PDARTS_* variables besides, or instead of, short leases.
        first: modules that it imports before anything of ours.
        name: of its log.
    """

    def __init__(
        self,
        home: Path,
        *,
        database_url: str,
        redis_url: str,
        environment: Mapping[str, str] | None = None,
        first: tuple[str, ...] = (),
        name: str = "worker",
    ) -> None:
        self._environment = {
            **quick_environment(home, database_url, redis_url),
            **(environment or {}),
        }
        self._first = first
        self._log = home / f"{name}.log"
        self.process: LaunchedProcess | None = None

    @property
    def pid(self) -> int:
        """Of the main process."""
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        self._log.unlink(missing_ok=True)
        words = ["celery", "--app", "worker.app", "worker", "--loglevel", "INFO"]
        words += ["--without-mingle", "--without-gossip", "--without-heartbeat"]
        self.process = get_launcher().start(
            *words, environment=self._environment, log=self._log, first=self._first
        )

    def wait_until_ready(self) -> None:
        """Wait until it listens to its broker."""
        assert self.process is not None
        process = self.process
        wait_until(
            lambda: " ready." in self.log or process.poll() is not None,
            "the worker",
            _START_SECONDS,
        )
        assert process.poll() is None, self.log

    def children(self) -> list[int]:
        """Return the processes in which searches run."""
        try:
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in text.split()]

    def lane(self) -> list[int]:
        """Return the process that runs a check beside its job, if there is one."""
        try:
            return [process.pid for process in lanes_of(self.pid)]
        except psutil.Error:
            return []

    def signal(self, number: Signals) -> None:
        """Send a signal to the main process alone."""
        assert self.process is not None
        self.process.send_signal(number)

    def signal_children(self, number: Signals) -> None:
        for pid in self.children():
            os.kill(pid, number)

    def kill(self) -> None:
        """End it at once, as a crash does; the kernel ends the children with it."""
        if self.process is not None:
            children = self.children()
            self.process.kill()
            self.process.wait()
            wait_until(lambda: not any(map(is_alive, children)), "the children's end")
            self.process = None

    def stop(self, number: Signals = Signals.SIGTERM) -> int:
        """Make it stop in order, and return its exit code."""
        self.signal(number)
        assert self.process is not None
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def running(*workers: WorkerProcess) -> Iterator[None]:
    """Start the workers, and leave none behind."""
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_until_ready()
        yield
    finally:
        for worker in workers:
            worker.kill()


def lanes_of(pid: int) -> list[psutil.Process]:
    """Return what a worker runs beside its job. Raises psutil.Error if something has just ended."""
    children = psutil.Process(pid).children()
    return [child for child in children if "worker.lane_process" in child.cmdline()]


def is_alive(pid: int) -> bool:
    return _state_of(pid) not in {None, "Z"}


def stands_still(pid: int) -> bool:
    """Tell whether the process was stopped by a signal."""
    return _state_of(pid) == "T"


def _state_of(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None
