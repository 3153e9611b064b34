"""A process whose clock is wrong; imported first by the processes that tests start.

The wrong time is shown to whatever asks `time`, and to Celery, which compares it with when a
message expires. SQLite asks the kernel: all its processes share one host, and one clock.
"""

import os
import time
from datetime import datetime, timedelta, tzinfo
from typing import Any

MODULE = __name__
_VARIABLE = "TEST_CLOCK_AHEAD"


def clock_ahead(seconds: float) -> dict[str, str]:
    """Return the variable for a clock that is so many seconds ahead, or behind if negative."""
    return {_VARIABLE: str(seconds)}


def _shift_celery(ahead: timedelta) -> None:
    import celery.app.base  # noqa: PLC0415  only where it is wanted
    import celery.worker.request  # noqa: PLC0415

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + ahead

    right = celery.app.base.Celery.now
    # By name: to a type checker, neither is anybody's to replace.
    vars(celery.worker.request)["datetime"] = Wrong
    setattr(celery.app.base.Celery, "now", lambda app: right(app) + ahead)  # noqa: B010


def _set(ahead: float) -> None:
    right = time.time
    time.time = lambda: right() + ahead
    _shift_celery(timedelta(seconds=ahead))


if _VARIABLE in os.environ:
    _set(float(os.environ[_VARIABLE]))
