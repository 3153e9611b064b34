"""Ctrl-C, SIGTERM and a closed terminal, counted instead of ending the process on the spot."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """How often the process has been asked to stop."""

    def __init__(self) -> None:
        self._count = 0
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Tell whether the process must stop."""
        return self._count > 0

    def asked_again(self) -> bool:
        """Tell whether it must stop at once."""
        return self._count > 1

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until the process must stop; return whether it must."""
        return self._asked.wait(seconds)

    def receive(self, _number: int, _frame: FrameType | None) -> None:
        """Count a signal."""
        self._count += 1
        self._asked.set()


@contextmanager
def caught() -> Iterator[StopSignals]:
    """Count the signals while the block runs; the former handlers come back after it."""
    stop_signals = StopSignals()
    former = {number: signal.signal(number, stop_signals.receive) for number in _SIGNALS}
    try:
        yield stop_signals
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
