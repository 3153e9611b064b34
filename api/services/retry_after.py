"""When to ask again for what comes at the end of a job."""

import math
from datetime import UTC, datetime

_SECONDS = 10
_MOST_SECONDS = 60


def retry_after(expected_at: datetime | None) -> dict[str, str]:
    """Return the header that says so; None: nobody knows when the job will end."""
    return {"Retry-After": str(_seconds_until(expected_at))}


def _seconds_until(moment: datetime | None) -> int:
    if moment is None:
        return _SECONDS
    left = math.ceil((moment - datetime.now(UTC)).total_seconds())
    return min(max(left, 1), _MOST_SECONDS)
