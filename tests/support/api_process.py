"""The HTTP interface as a process of its own, to be killed and started again."""

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.launcher import LaunchedProcess, get_launcher
from tests.support.processes import quick_environment
from tests.support.servers import free_port, wait_until

_START_SECONDS = 60.0
_ANSWER_SECONDS = 60.0


class ApiProcess:
    """One `python -m api` on one port, which it keeps from start to start."""

    def __init__(self, home: Path, *, database_url: str, redis_url: str) -> None:
        self._environment = quick_environment(home, database_url, redis_url)
        self._log = home / "api.log"
        self._port = free_port()
        self._process: LaunchedProcess | None = None
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self._port}", timeout=_ANSWER_SECONDS
        )

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def start(self, *, first: tuple[str, ...] = (), environment: Mapping[str, str] = {}) -> None:
        """Start it and wait until it answers; `first` are modules that it imports first."""
        words = ["api", "--port", str(self._port)]
        self._process = get_launcher().start(
            *words, environment={**self._environment, **environment}, log=self._log, first=first
        )
        wait_until(self._answers, "the HTTP interface", _START_SECONDS)

    def connect(self) -> socket.socket:
        """Open a connection to it, on which nothing is sent yet."""
        return socket.create_connection(("127.0.0.1", self._port), timeout=_ANSWER_SECONDS)

    def peak_memory_bytes(self) -> int:
        """Return the most that it has had in memory so far."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (kibibytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        return int(kibibytes) * 1024

    def wait_for_end(self) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        assert self._process is not None
        return self._process.wait()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        try:
            return self.client.get("/livez").is_success
        except httpx.TransportError:
            return False


@contextmanager
def api_process(home: Path, database_url: str, redis_url: str) -> Iterator[ApiProcess]:
    """Yield one that is yet to be started; leave nothing of it behind."""
    process = ApiProcess(home, database_url=database_url, redis_url=redis_url)
    try:
        yield process
    finally:
        process.kill()
        process.client.close()
