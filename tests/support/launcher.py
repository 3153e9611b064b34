"""Python programs started by a fork of a process that has imported the libraries already.

Importing torch takes seconds, and tests of faults start processes by the hundred. What is started
is in every other way what `python -m <module>` would be: a process of its own, with its own
environment, arguments and log, that can be signalled and killed.

This module is also the program that forks. It listens on a socket, for all test processes of a run:
it reads requests, one line of JSON each, and answers each with one. It ends when its standard input
does. What was started over a connection ends with that connection.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.02
_START_SECONDS = 180.0
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
    "worker.kinds.registry",
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
    """A connection to the process that forks.

    Args:
        address: the socket of a running one; none starts one, which ends with this.
    """

    def __init__(self, address: str | None = None) -> None:
        self._process: subprocess.Popen[str] | None = None
        if address is None:
            folder = tempfile.mkdtemp(prefix="pdarts-launcher-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            address = f"{folder}/socket"
            self._process = _start_listening(address)
        self.address = address
        self._connection: socket.socket | None = None
        self._answers: TextIO | None = None
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
            if self._connection is None or self._answers is None:
                self._connection = _connect(self.address)
                self._answers = self._connection.makefile()
            self._connection.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(self._answers.readline())

    def close(self) -> None:
        if self._answers is not None and self._connection is not None:
            self._answers.close()
            self._connection.close()
        if self._process is not None:
            with self._process:
                pass


_shared_address: str | None = None


def share(address: str) -> None:
    """Have this process use a launcher that another one has started."""
    global _shared_address  # noqa: PLW0603
    _shared_address = address


@cache
def get_launcher() -> Launcher:
    """Return the launcher of this test process, or of all of a run."""
    launcher = Launcher(_shared_address)
    atexit.register(launcher.close)
    return launcher


def _start_listening(address: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.launcher", address],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        text=True,
    )


def _connect(address: str) -> socket.socket:
    """Connect to a launcher, which may still be importing."""
    connection = socket.socket(socket.AF_UNIX)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < deadline, "the launcher does not listen"
            time.sleep(_POLL_SECONDS)
        else:
            return connection


class _Server:
    """Serves requests until standard input ends, in one thread: a fork copies no other."""

    def __init__(self, address: str) -> None:
        self._selector = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(address)
        self._listening.listen()
        self._running: dict[socket.socket, set[int]] = {}
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._selector.register(self._listening, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any]:
        """Serve; return a request in the process that it asks for."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is sys.stdin:
                    for connection in list(self._running):
                        self._leave(connection)
                    sys.exit()
                if key.fileobj is self._listening:
                    self._welcome(self._listening.accept()[0])
                elif (request := self._answer(key.fileobj, key.data)) is not None:
                    return request

    def _welcome(self, connection: socket.socket) -> None:
        self._running[connection] = set()
        self._selector.register(connection, selectors.EVENT_READ, connection.makefile())

    def _answer(self, connection: Any, requests: TextIO) -> dict[str, Any] | None:
        line = requests.readline()
        if not line:
            self._leave(connection)
            return None
        request: dict[str, Any] = json.loads(line)
        if "poll" in request:
            answer = _exit_code(request["poll"])
            self._running[connection] -= set() if answer is None else {request["poll"]}
        else:
            answer = os.fork()
            if answer == 0:
                self._keep_nothing_open()
                return request
            self._running[connection].add(answer)
        connection.sendall(json.dumps(answer).encode() + b"\n")
        return None

    def _leave(self, connection: socket.socket) -> None:
        _close(self._selector.unregister(connection))
        for pid in self._running.pop(connection):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _keep_nothing_open(self) -> None:
        """In a process that was forked."""
        for key in self._selector.get_map().values():
            if key.fileobj is not sys.stdin:
                _close(key)
        self._selector.close()


def _close(key: selectors.SelectorKey) -> None:
    """Close what was read from, and its text file, without which the socket would stay open."""
    opened: tuple[Any, Any] = (key.data, key.fileobj)
    for one in opened:
        if one is not None:
            one.close()


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
    # Ctrl-C is ignored where a shell runs the tests in the background, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    _become(_Server(sys.argv[1]).serve())
