"""Programs that run in turns: while one runs, all processes of the other stand still.

A machine's speed changes from minute to minute where others use it too. What is to be compared
meets the same changes when the turns are short.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil


class Program:
    """A process with all that it started, as one thing that runs or stands still."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._pauses: list[tuple[float, float]] = []
        self._paused_at: float | None = None

    def pause(self) -> None:
        """Make it stand still."""
        self._paused_at = time.time()
        # One that was starting another meanwhile has a child that is not known yet.
        while running := [p for p in self._processes() if p.status() != psutil.STATUS_STOPPED]:
            for process in running:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()

    def resume(self) -> None:
        """Let it go on."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()
        if self._paused_at is not None:
            self._pauses.append((self._paused_at, time.time()))
            self._paused_at = None

    def run_for(self, seconds: float) -> None:
        """Let it go on for a while."""
        self.resume()
        time.sleep(seconds)
        self.pause()

    def running_seconds(self, begin: float, end: float) -> float:
        """Return how much of a span of time it ran for; both as `time.time()` tells them."""
        paused = (min(end, until) - max(begin, since) for since, until in self._pauses)
        return end - begin - sum(seconds for seconds in paused if seconds > 0)

    def _processes(self) -> Iterator[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            for process in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    if process.status() != psutil.STATUS_ZOMBIE:
                        yield process


def take_turns(
    one: Program, other: Program, *, seconds: float, is_over: Callable[[], bool]
) -> None:
    """Run one and the other in turns, beginning with the first, and end with both running."""
    while not is_over():
        one.run_for(seconds)
        other.run_for(seconds)
    one.resume()
    other.resume()
