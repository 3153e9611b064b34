"""Python programs started by a fork of a process that has imported the libraries already.

Importing torch takes seconds, and tests of faults start processes by the hundred. What is started
is in every other way what `python -m <module>` would be: a process of its own, with its own
environment, arguments and log, that can be signalled and killed.

This module is also the program that forks: it reads requests, one line of JSON each, and answers
each with one. It ends when its input does, and ends what it started.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.02
_IMPORTED = (
    "sklearn.datasets",
    "celery.bin.worker",
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "kombu.transport.redis",
    "psycopg",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "api.server",
    "worker.housekeeping",
    "worker.runner",
)
"""None of these reads a setting when it is imported."""


class LaunchedProcess:
    """A process that the launcher started; used as subprocess.Popen is."""

    def __init__(self, launcher: "Launcher", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._launcher = launcher

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._launcher.ask(poll=self.pid)
        return self.returncode

    def wait(self, seconds: float = 60.0) -> int:
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            assert time.monotonic() < deadline, f"process {self.pid} runs on after {seconds} s"
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Launcher:
    """The process that forks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.launcher"],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._one_request = threading.Lock()

    def start(
        self,
        *words: str,
        environment: Mapping[str, str],
        log: Path,
        first: Sequence[str] = (),
    ) -> LaunchedProcess:
        """Start `python -m <words>`.

        Args:
            words: the module and its arguments.
            environment: all of it.
            log: where its output is appended to.
            first: modules that it imports before the program.
        """
        pid = self.ask(words=words, environment=dict(environment), log=str(log), first=first)
        return LaunchedProcess(self, pid)

    def ask(self, **request: Any) -> Any:
        with self._one_request:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(json.dumps(request), file=self._process.stdin, flush=True)
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        with self._process:
            pass


@cache
def get_launcher() -> Launcher:
    """Return the launcher of this test process, which lives as long as it."""
    launcher = Launcher()
    atexit.register(launcher.close)
    return launcher


def _fork_on_request() -> dict[str, Any]:
    """Serve requests; return one in the process that it asks for."""
    running: set[int] = set()
    while line := sys.stdin.readline():
        request: dict[str, Any] = json.loads(line)
        if "poll" in request:
            answer = _exit_code(request["poll"])
            running -= set() if answer is None else {request["poll"]}
        else:
            answer = os.fork()
            if answer == 0:
                return request
            running.add(answer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    sys.exit()


def _exit_code(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _become(request: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(request["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    for module in request["first"]:
        importlib.import_module(module)
    sys.argv = [*request["words"]]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    _become(_fork_on_request())
