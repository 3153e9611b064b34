"""How fast work goes on, measured from where this attempt took it up."""

import time
from collections.abc import Callable


class Pace:
    """Seconds for each unit of work, over the time since it began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: tuple[float, float] | None = None
        self.seconds_per_unit: float | None = None
        """None until some work has been done."""

    def begin(self, done: float) -> None:
        """Measure anew from here, where this much is done."""
        self._began = (self._clock(), done)

    def reach(self, done: float) -> None:
        """Take in that this much is done."""
        now = self._clock()
        if self._began is None:
            self._began = (now, done)
        since, before = self._began
        if done > before:
            self.seconds_per_unit = (now - since) / (done - before)

    def seconds_for(self, left: float) -> float | None:
        """Return how long this much will take; None if nobody knows yet."""
        return None if self.seconds_per_unit is None else self.seconds_per_unit * left
