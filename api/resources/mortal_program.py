"""Runs programs that may die of what strangers sent, each to its end or until nobody waits.

What such a program may use is bounded by itself, see worker.own_limits.
"""

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

import anyio.to_thread

_KEPT_VARIABLES = ("HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TMPDIR")
"""Of the environment: the rest, such as credentials, is none of that program's business."""

Ended = subprocess.CompletedProcess[bytes]


@dataclass(frozen=True, kw_only=True)
class Program:
    """What is to be run."""

    command: Sequence[str]
    source: BinaryIO
    """Its standard input. Where that stands may not be changed: the file is shared."""
    seconds: float
    """How long it is waited for: longer than it gives itself."""
    open_files: Sequence[int] = ()
    """Of what is open here, what stays so there, under the same numbers."""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What its environment has besides."""


async def run_program(program: Program) -> Ended:
    """Run a program to its end; if the caller is cancelled, it is killed.

    Raises:
        subprocess.TimeoutExpired: it was waited for in vain, and killed.
    """
    running = _Running()
    try:
        return await anyio.to_thread.run_sync(running.run, program, abandon_on_cancel=True)
    finally:
        # When this process is to end, nobody waits for that one.
        running.end()


class _Running:
    """One process, which can be ended from another thread, even before it was started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    def run(self, program: Program) -> Ended:
        """Run it to its end."""
        with self._lock:
            if self._is_over:
                raise RuntimeError("nobody waits for it any more")
            process = self._process = _start(program)
        try:
            output, errors = process.communicate(timeout=program.seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def end(self) -> None:
        """End it, unless it has ended."""
        with self._lock:
            self._is_over = True
            if self._process is not None:
                self._process.kill()


def _start(program: Program) -> "subprocess.Popen[bytes]":
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return subprocess.Popen(  # noqa: S603  our own program
        program.command,
        stdin=program.source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=program.open_files,
        env={**kept, **program.variables},
    )
