"""The history of a job of any kind: its events, as a list, as they happen, and as text."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, StreamingResponse
from fastapi.sse import EventSourceResponse

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, ResourcesDep, SessionDep
from api.endpoint.event_stream import look_for_news, stream_events
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.csv_tables import AS_CSV
from api.http.errors import NotFound, QuotaExceeded
from api.http.paging import NEXT_PAGE, page_response
from api.routes.jobs import job_id_type, typed
from api.schemas.events import EventBody, event_body, event_row, log_lines
from api.services import jobs
from store.kinds import Kind


async def count_stream(caller: CallerDep, resources: ResourcesDep) -> AsyncIterator[None]:
    """Count one of the caller's streams until it has ended."""
    with resources.open_streams.one_more(caller.owner):
        yield


# Let go when the answer has been sent, or its reader is gone.
OpenStreamDep = Annotated[None, Depends(count_stream, scope="request")]

LARGEST = 2**63 - 1
After = Annotated[int, Query(description="Only events with a larger `seq`", ge=0, le=LARGEST)]


def history_routes(kind: Kind) -> APIRouter:
    """Return the routes for the history of a kind's jobs."""
    prefix = f"/{kind.plural}/{{{kind.id_field}}}"
    router = APIRouter(prefix=prefix, tags=["history"], route_class=ApiRoute)
    _add_events(router, kind)
    _add_stream(router, kind)
    _add_log(router, kind)
    return router


def _add_events(router: APIRouter, kind: Kind) -> None:
    def list_events(
        request: Request,
        caller: CallerDep,
        session: SessionDep,
        job_id: str,
        after: After = 0,
        limit: Annotated[int, Query(description="Events on a page", ge=1, le=1000)] = 200,
    ) -> Response:
        job = jobs.find(session, caller, kind, job_id)
        found = jobs.list_events(session, job, after=after, limit=limit + 1)
        events = [event_body(event) for event in found[:limit]]
        cursor = str(events[-1].seq) if len(found) > limit else None
        return page_response(
            request, events, cursor, columns=list(EventBody.model_fields), as_row=event_row
        )

    router.add_api_route(
        "/events",
        typed(list_events, job_id=job_id_type(kind)),
        methods=["GET"],
        name=f"list_{kind.noun}_events",
        description=f"List what happened to {kind.a_noun}, the oldest first, as JSON or CSV "
        "(`Accept: text/csv`).",
        response_model=Page[EventBody],
        responses=problems(NotFound) | {200: AS_CSV | {"headers": NEXT_PAGE}},
    )


def _add_stream(router: APIRouter, kind: Kind) -> None:
    async def stream(
        caller: CallerDep,
        resources: ResourcesDep,
        job_id: str,
        _: OpenStreamDep,
        after: After = 0,
        last_event_id: Annotated[
            int | None,
            Header(description="The last `id` that you have; overrides `after`", ge=0, le=LARGEST),
        ] = None,
    ) -> Response:
        start = after if last_event_id is None else last_event_id
        first = await run_in_threadpool(
            look_for_news, resources.database, caller, kind, job_id, start
        )
        if first.is_last and not first.events:
            return Response(status_code=204)
        return EventSourceResponse(
            stream_events(resources, caller, kind, job_id, first, start),
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    router.add_api_route(
        "/events/stream",
        typed(stream, job_id=job_id_type(kind)),
        methods=["GET"],
        name=f"stream_{kind.noun}_events",
        description=f"Follow what happens to {kind.a_noun}: server-sent events, the last of them "
        "named `end`.\n\nEach has its number as `id` and an Event as JSON in `data`.",
        # Not EventSourceResponse: FastAPI would take this for a generator, which can send no 204.
        response_class=StreamingResponse,
        responses=problems(NotFound, QuotaExceeded)
        | {
            200: {
                "content": {
                    EventSourceResponse.media_type: {"schema": {"title": "Server-sent events"}}
                }
            },
            204: {"description": f"The {kind.noun} has ended, and you have its last event"},
        },
    )


def _add_log(router: APIRouter, kind: Kind) -> None:
    def read_log(session: SessionDep, caller: CallerDep, job_id: str) -> str:
        job = jobs.find(session, caller, kind, job_id)
        return "".join(log_lines(event) for event in jobs.list_events(session, job))

    router.add_api_route(
        "/logs",
        typed(read_log, job_id=job_id_type(kind)),
        methods=["GET"],
        name=f"read_{kind.noun}_log",
        description=f"Read what happened to {kind.a_noun} as text, with the traceback of a "
        "failure.",
        response_class=PlainTextResponse,
        responses=problems(NotFound),
    )
