"""Ends a process in which nothing goes on any more, so that its job is taken over."""

import faulthandler
import time
from typing import Self

_STDERR = 2
"""The process's own, whatever stands for it in Python."""


class Watchdog:
    """Ends this process, with every thread's traceback in its log, if it is not fed in time.

    The interpreter's own timer is used: it fires even where a library holds the interpreter up.
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
        """Tell that something went on."""
        # Each arming starts a thread; a tenth of the time is precise enough.
        if time.monotonic() - self._fed_at > min(1.0, self._timeout / 10):
            self._arm()

    def _arm(self) -> None:
        self._fed_at = time.monotonic()
        faulthandler.dump_traceback_later(self._timeout, exit=True, file=_STDERR)
