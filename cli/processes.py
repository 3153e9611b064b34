"""Keeps one program running: starts it, restarts it when it ends, and stops it.

A program is a session of its own, so that the terminal's Ctrl-C does not reach it, and a
process group, so that nothing that it has started outlives it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cli.attached import attached
from cli.errors import CliError
from cli.log_files import keep_small
from store.private_files import open_private

_LAST_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Program:
    """A command to be kept running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    """Its working folder."""
    log: Path | None
    """Where its output goes; None: where this process's output goes."""
    is_shown: bool = True
    """Whether the warnings in its log are worth a line on the terminal."""
    inherited: tuple[int, ...] = ()
    """Open files that it inherits from the process that starts it."""
    stop_seconds: float = 10.0
    """How long it may take to end by itself."""


@dataclass(frozen=True, kw_only=True)
class RestartPolicy:
    """When to restart a program that has ended, and when to give up."""

    first_seconds: float = 1.0
    longest_seconds: float = 30.0
    too_many_deaths: int = 5
    """So many in a row, each sooner than `healthy_seconds` after its start, end it all."""
    healthy_seconds: float = 60.0

    def pause(self, deaths: int) -> float:
        """Return the seconds to wait after this many deaths in a row."""
        return float(min(self.first_seconds * 2 ** (deaths - 1), self.longest_seconds))


@dataclass(frozen=True, kw_only=True)
class Death:
    """A program ended unexpectedly."""

    program: Program
    exit_code: int
    again_in_seconds: float

    def __str__(self) -> str:
        words = f"the {self.program.name} ended ({describe_exit(self.exit_code)})"
        return words if self.program.log is None else f"{words}, see {self.program.log}"


class KeepsEnding(CliError):
    """A program keeps ending, or could not start."""

    def __init__(self, death: Death) -> None:
        log = death.program.log
        end_of_log = "" if log is None else last_lines(log)
        super().__init__(f"{death}, which ends with:\n{end_of_log}" if end_of_log else str(death))


class Child:
    """One program and its current process."""

    def __init__(self, program: Program, policy: RestartPolicy) -> None:
        self.program = program
        self._policy = policy
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_again_at = 0.0
        self._deaths = 0

    @property
    def pid(self) -> int | None:
        """The process id; None while it does not run."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process. Call it from the main thread, see cli.attached."""
        program = self.program
        with _open_log(program.log) as log:
            self._process = subprocess.Popen(  # noqa: S603  the commands are our own
                attached(program.command),
                env=program.environment,
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=program.inherited,
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def keep_running(self) -> Death | None:
        """Start the process again if it has ended and is due; return a new death.

        Raises:
            KeepsEnding: it has ended too often.
            OSError: its log cannot be written.
        """
        if self.program.log is not None:
            keep_small(self.program.log)
        if self._process is None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return None
        exit_code = self._process.poll()
        if exit_code is None:
            return None
        self.kill()
        return self._plan_restart(exit_code)

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process is not None:
            self._process.terminate()

    def is_stopping(self, asked_at: float) -> bool:
        """Tell whether it runs and may still take time to stop, if asked to stop at this moment."""
        return (
            self._process is not None
            and self._process.poll() is None
            and time.monotonic() - asked_at < self.program.stop_seconds
        )

    def kill(self) -> None:
        """End the process and all that it has started, at once."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _plan_restart(self, exit_code: int) -> Death:
        now = time.monotonic()
        if now - self._started_at >= self._policy.healthy_seconds:
            self._deaths = 0
        self._deaths += 1
        pause = self._policy.pause(self._deaths)
        death = Death(program=self.program, exit_code=exit_code, again_in_seconds=pause)
        if self._deaths >= self._policy.too_many_deaths:
            raise KeepsEnding(death)
        self._start_again_at = now + pause
        return death


def describe_exit(exit_code: int) -> str:
    """Return an exit code in words."""
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


def last_lines(log: Path, count: int = _LAST_LINES) -> str:
    """Return the end of a log."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


@contextmanager
def _open_log(log: Path | None) -> Iterator[IO[bytes] | None]:
    """Open a log to write on; one that has grown large is put aside first."""
    if log is None:
        yield None
        return
    keep_small(log)
    with open_private(log, "ab") as file:
        yield file
