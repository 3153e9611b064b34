"""When a delivery that failed is tried again."""

import random

PAUSES_SECONDS = (5, 30, 120, 600, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
"""Between the attempts: the last comes about three days after the first."""
_JITTER = 0.2


def pause_after(attempt: int) -> float | None:
    """Return the seconds to wait after an attempt, counted from 1; None if it was the last."""
    if attempt > len(PAUSES_SECONDS):
        return None
    spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  no secret hangs on it
    return PAUSES_SECONDS[attempt - 1] * spread
