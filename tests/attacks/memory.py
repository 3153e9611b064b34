"""How much memory a process holds, looked at again and again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

_LOOK_SECONDS = 0.05


class Memory:
    """The resident memory of a process in bytes, now and at its peak since this was made."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.peak = self.now()

    def now(self) -> int:
        """Look once; 0 if the process has ended."""
        try:
            return int(self._process.memory_info().rss)
        except psutil.NoSuchProcess:
            return 0


@contextmanager
def watched(pid: int) -> Iterator[Memory]:
    """Watch a process during the block."""
    memory = Memory(pid)
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(_LOOK_SECONDS):
            memory.peak = max(memory.peak, memory.now())

    looking = threading.Thread(target=look, name="memory")
    looking.start()
    try:
        yield memory
    finally:
        is_over.set()
        looking.join()
