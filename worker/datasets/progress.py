"""What is reported while a data set is downloaded and decoded."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Unit = Literal["bytes", "images"]
_REPORTS = 20
_LONGEST_SILENCE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class DatasetProgress:
    """How far the loading has got. An exception raised by its receiver ends the loading."""

    message: str
    """A sentence for people."""
    done: int = 0
    total: int | None = None
    """None where it is not known."""
    unit: Unit = "images"


OnProgress = Callable[[DatasetProgress], None]


class ProgressReporter:
    """Counts what is done and reports every twentieth of it, every few seconds, and at the end."""

    def __init__(self, on_progress: OnProgress, action: str, total: int | None, unit: Unit) -> None:
        self._on_progress = on_progress
        self._action = action
        self._total = total
        self._unit: Unit = unit
        self._step = max(1, (total or 2**28) // _REPORTS)
        self._done = 0
        self._reported = 0
        self._heard = time.monotonic()

    def advance(self, amount: int) -> None:
        """Count bytes or images that have just been finished."""
        self._done += amount
        silence = time.monotonic() - self._heard
        if (
            self._done - self._reported >= self._step
            or self._done == self._total
            or silence >= _LONGEST_SILENCE_SECONDS
        ):
            self._reported = self._done
            self._heard += silence
            self._on_progress(
                DatasetProgress(
                    message=f"{self._action}: {self._amounts()}",
                    done=self._done,
                    total=self._total,
                    unit=self._unit,
                )
            )

    def _amounts(self) -> str:
        scale, unit = (1, "images") if self._unit == "images" else (1_000_000, "MB")
        done = f"{self._done // scale:,}"
        if self._total is None:
            return f"{done} {unit}"
        return f"{done} of {self._total // scale:,} {unit}"
