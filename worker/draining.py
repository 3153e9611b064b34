"""How a running attempt learns that its process is to end."""

import mmap
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType


class DrainFlag:
    """One byte that a worker's main process and the processes forked from it share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Have every attempt of this worker released at its next step boundary."""
        self._memory[0] = 1

    def is_set(self) -> bool:
        """Tell whether attempts are to be released and none to be begun."""
        return self._memory[0] != 0


@cache
def get_drain_flag() -> DrainFlag:
    """Return this worker's flag; the main process asks for it before it forks."""
    return DrainFlag()


@contextmanager
def sigterm_event() -> Iterator[threading.Event]:
    """Have a SIGTERM to this process set the event, and do no more, while the block runs."""
    received = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        received.set()

    before = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)
