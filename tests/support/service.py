"""The whole service as a user starts it: `pdarts up`, a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import wait_until

PDARTS = (sys.executable, "-m", "cli")
START_SECONDS = 120.0
STOP_SECONDS = 90.0
_PROGRAMS = ("api", "celery", "redis-server", "valkey-server")


def clean_environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment of a user who has set nothing but this home and these variables."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PDARTS_")}
    # Tests run side by side: more threads than processors would wait for each other.
    own = {"PDARTS_HOME": str(home), "PDARTS_PORT": "0", "OMP_NUM_THREADS": "1"}
    return inherited | own | variables


def run_pdarts(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*PDARTS, *words],
        env=clean_environment(home, **variables),
        text=True,
        capture_output=True,
        timeout=START_SECONDS,
        check=False,
    )


class Service:
    """A `pdarts up` and its output."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self.said = home.parent / f"{home.name}.said"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [*PDARTS, "up"],
                env=clean_environment(home, **variables),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def url(self) -> str:
        """Where it serves; waits until it is ready."""

        def is_ready() -> bool:
            assert self.process.poll() is None, self.said.read_text()
            return "is ready at" in self.said.read_text()

        wait_until(is_ready, "the service", START_SECONDS)
        url: str
        (url,) = re.findall(r"is ready at (\S+)", self.said.read_text())
        return url

    def children(self) -> dict[str, int]:
        """The processes that it started, by what they run."""
        found = {}
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and parent_of(int(process.name)) == self.process.pid:
                found[_program_of(process)] = int(process.name)
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask it to stop; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def service(home: Path, **variables: str) -> Iterator[Service]:
    """Run a service for the block, and leave none of its processes behind."""
    running = Service(home, **variables)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


def parent_of(pid: int) -> int | None:
    """The process that started another; None if that has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    return parent_of(pid) is not None


def processes_of(home: Path) -> list[int]:
    """The processes that use a home."""
    told = f"PDARTS_HOME={home}\0".encode()
    return [
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if told in _bytes_of(process / "environ")
    ]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # of another user, or just ended


def _program_of(process: Path) -> str:
    # Redis makes one word of its command line.
    words = (process / "cmdline").read_text().replace("\0", " ").split()
    names = {Path(word).name for word in words}
    return next((program for program in _PROGRAMS if program in names), " ".join(words))
