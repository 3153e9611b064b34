"""Waiting for news of a job, without a session and without a thread meanwhile."""

import re
from collections.abc import Callable

import anyio
from fastapi import Request

from api.endpoint.access import unauthenticated
from api.resources.job_versions import JobVersion
from api.resources.resources import Resources
from api.resources.security import Caller

LONGEST_WAIT_SECONDS = 60
_LOOK_SECONDS = 2.0
"""How soon a client that has left is noticed."""
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.IGNORECASE)


def preferred_wait(prefer: str) -> int:
    """Return the seconds that the header Prefer asks to wait (RFC 7240), bounded; 0 for none."""
    found = _WAIT.search(prefer)
    return min(int(found[1]), LONGEST_WAIT_SECONDS) if found else 0


async def wait_for_news(
    request: Request,
    resources: Resources,
    caller: Caller,
    job_id: str,
    *,
    is_news: Callable[[JobVersion], bool],
    seconds: float,
) -> JobVersion:
    """Return the job's version: at once if it is news, else as soon as it is, or time is up.

    Raises:
        NotFound: there is no such job, or no longer.
        Unauthenticated: the caller's key has ended meanwhile.
    """
    deadline = anyio.current_time() + seconds

    with resources.news.watch(job_id) as watch, resources.key_watch.dismissing(watch, caller):
        while True:
            watch.expect()
            seen = await resources.job_versions.read(caller, job_id)
            if watch.is_dismissed:
                raise unauthenticated()
            left = deadline - anyio.current_time()
            if left <= 0 or is_news(seen) or resources.news.is_closed:
                return seen
            if await request.is_disconnected():
                return seen
            await watch.wait(min(left, _LOOK_SECONDS))
