"""How a running attempt learns that its process is to end."""

import mmap
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType

_ENDS = 0
_RESTS = 1


class DrainFlag:
    """Two bytes that a worker's main process and the processes forked from it share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 2)

    def set(self) -> None:
        """Release every attempt of this worker at its next step boundary, for good."""
        self._memory[_ENDS] = 1

    def follow(self, *, wish: bool) -> None:
        """Release attempts for as long as an operator wants the worker to drain."""
        self._memory[_RESTS] = wish

    def is_set(self) -> bool:
        """Tell whether to release attempts and start none."""
        return any(self._memory[:])


@cache
def get_drain_flag() -> DrainFlag:
    """Return this worker's flag; the main process asks for it before it forks."""
    return DrainFlag()


@contextmanager
def sigterm_event() -> Iterator[threading.Event]:
    """Make a SIGTERM to this process only set the event while the block runs."""
    received = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        received.set()

    before = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, before)
