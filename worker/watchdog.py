"""Ends a process that is stuck, so that another worker takes over its job."""

import faulthandler
import time
from typing import Self

_STDERR = 2
"""The process's own, whatever stands for it in Python."""


class Watchdog:
    """Ends this process, with every thread's traceback in its log, unless it is fed in time.

    It uses the interpreter's own timer, which fires even if a library blocks the interpreter.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._fed_at = 0.0

    def __enter__(self) -> Self:
        self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        faulthandler.cancel_dump_traceback_later()

    def feed(self) -> None:
        """Report that the work is going on."""
        # Each call starts a thread; a tenth of the time is precise enough.
        if time.monotonic() - self._fed_at > min(1.0, self._timeout / 10):
            self._arm()

    def _arm(self) -> None:
        self._fed_at = time.monotonic()
        faulthandler.dump_traceback_later(self._timeout, exit=True, file=_STDERR)
