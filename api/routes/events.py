"""The history of a search."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.sse import EventSourceResponse

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, ResourcesDep, SearchIdDep, SessionDep
from api.endpoint.event_stream import look_for_news, stream_events
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.csv_tables import AS_CSV
from api.http.errors import NotFound, QuotaExceeded
from api.http.paging import NEXT_PAGE, page_response
from api.schemas.events import EventBody, event_body, event_row, log_lines
from api.services import results, searches

router = APIRouter(prefix="/searches/{search_id}", tags=["history"], route_class=ApiRoute)


async def count_stream(caller: CallerDep, resources: ResourcesDep) -> AsyncIterator[None]:
    """Count a stream of the caller's until it has ended."""
    with resources.open_streams.one_more(caller.owner):
        yield


# Let go when the answer has been sent, or its reader is gone.
OpenStreamDep = Annotated[None, Depends(count_stream, scope="request")]

LARGEST = 2**63 - 1
After = Annotated[int, Query(description="Only events with a larger `seq`", ge=0, le=LARGEST)]


@router.get(
    "/events",
    response_model=Page[EventBody],
    responses=problems(NotFound) | {200: AS_CSV | {"headers": NEXT_PAGE}},
)
def list_search_events(
    request: Request,
    caller: CallerDep,
    session: SessionDep,
    search_id: SearchIdDep,
    after: After = 0,
    limit: Annotated[int, Query(description="Events on a page", ge=1, le=1000)] = 200,
) -> Response:
    """List what happened to a search, the oldest first, as JSON or CSV (`Accept: text/csv`)."""
    search = searches.find(session, caller, search_id)
    found = results.list_events(session, search, after=after, limit=limit + 1)
    events = [event_body(event) for event in found[:limit]]
    cursor = str(events[-1].seq) if len(found) > limit else None
    return page_response(
        request, events, cursor, columns=list(EventBody.model_fields), as_row=event_row
    )


@router.get(
    "/events/stream",
    # Not EventSourceResponse: FastAPI would take this for a generator, which can send no 204.
    response_class=StreamingResponse,
    responses=problems(NotFound, QuotaExceeded)
    | {
        200: {
            "content": {EventSourceResponse.media_type: {"schema": {"title": "Server-sent events"}}}
        },
        204: {"description": "The search has ended, and you have its last event"},
    },
)
async def stream_search_events(
    caller: CallerDep,
    resources: ResourcesDep,
    search_id: SearchIdDep,
    _: OpenStreamDep,
    after: After = 0,
    last_event_id: Annotated[
        int | None,
        Header(description="The last `id` that you have; overrides `after`", ge=0, le=LARGEST),
    ] = None,
) -> Response:
    """Follow what happens to a search: server-sent events, the last of them named `end`.

    Each has its number as `id` and an Event as JSON in `data`.
    """
    start = after if last_event_id is None else last_event_id
    first = await run_in_threadpool(look_for_news, resources.database, caller, search_id, start)
    if first.is_last and not first.events:
        return Response(status_code=204)
    return EventSourceResponse(
        stream_events(resources, caller, search_id, first, start),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/logs", response_class=PlainTextResponse, responses=problems(NotFound))
def read_search_log(session: SessionDep, caller: CallerDep, search_id: SearchIdDep) -> str:
    """Read what happened to a search as text, with the traceback of a failure."""
    search = searches.find(session, caller, search_id)
    return "".join(log_lines(event) for event in results.list_events(session, search))
