"""Events of a job as they happen: server-sent events, read from the numbered rows.

A reader is woken for news; between two looks neither a session nor a thread is held. One that lost
the connection names the last event it has, and misses none.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import anyio
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import format_sse_event

from api.http.errors import NotFound
from api.resources.resources import Resources
from api.resources.security import Caller
from api.schemas.events import EventBody, event_body
from api.services import jobs
from store.database import Database
from store.kinds import Kind
from store.lifecycle import status_of
from store.states import Status

_RETRY_MILLISECONDS = 2000
_PING = b": still there\n"
"""A comment without the empty line that ends an event: some parsers would take it for one."""
_PING_SECONDS = 15.0
_EVENTS_A_LOOK = 500


@dataclass(frozen=True, kw_only=True)
class News:
    """What one look found."""

    events: Sequence[EventBody]
    status: Status
    is_last: bool
    """The job has ended, and these were its last events."""
    has_more: bool
    """There may be more events to be read at once."""


def look_for_news(database: Database, caller: Caller, kind: Kind, job_id: str, after: int) -> News:
    """Read the events after the one with this number.

    Raises:
        NotFound: there is no such job, or no longer.
    """
    with database.read() as session:
        # The state comes first: every event of a state that is seen as final is there to be read.
        job = jobs.find(session, caller, kind, job_id)
        rows = jobs.list_events(session, job, after=after, limit=_EVENTS_A_LOOK)
        return News(
            events=[event_body(row) for row in rows],
            status=status_of(job),
            is_last=job.state.is_final and len(rows) < _EVENTS_A_LOOK,
            has_more=len(rows) == _EVENTS_A_LOOK,
        )


async def stream_events(
    resources: Resources, caller: Caller, kind: Kind, job_id: str, first: News, after: int
) -> AsyncIterator[bytes]:
    """Yield the events of a first look and all that follow, until the job ends or the caller's key.

    It also ends when the process is about to stop: the reader comes again, and misses nothing.
    """
    if not first.events:
        # Nothing of an answer is sent, not even its head, before its first bytes.
        yield _PING
    retry: int | None = _RETRY_MILLISECONDS
    news, quiet_since = first, anyio.current_time()
    with resources.news.watch(job_id) as watch, resources.key_watch.dismissing(watch, caller):
        while not (resources.news.is_closed or watch.is_dismissed):
            for event in news.events:
                yield format_sse_event(
                    id=str(event.seq), data_str=event.model_dump_json(), retry=retry
                )
                after, quiet_since, retry = event.seq, anyio.current_time(), None
            if news.is_last:
                data = json.dumps({"status": news.status})
                yield format_sse_event(event="end", data_str=data)
                return
            if anyio.current_time() - quiet_since > _PING_SECONDS:
                yield _PING
                quiet_since = anyio.current_time()
            # The first look came before this was watched for: there is one more at once.
            if news is not first and not news.has_more:
                await watch.wait()
            watch.expect()
            try:
                news = await run_in_threadpool(
                    look_for_news, resources.database, caller, kind, job_id, after
                )
            except NotFound:
                return
