"""The history of a search."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from api.dependencies import CallerDep, SearchIdDep, SessionDep
from api.errors import NotFound
from api.openapi import problems
from api.schemas.base import Page
from api.schemas.events import EventBody, event_body, log_lines
from api.services import results, searches

router = APIRouter(prefix="/searches/{search_id}", tags=["history"])

_LARGEST_NUMBER = 2**63 - 1


@router.get("/events", responses=problems(NotFound))
def list_search_events(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    after: Annotated[
        int, Query(description="Only those with a larger `seq`", ge=0, le=_LARGEST_NUMBER)
    ] = 0,
    limit: Annotated[int, Query(description="Events on a page", ge=1, le=1000)] = 200,
) -> Page[EventBody]:
    """List what happened to a search, the oldest first."""
    search = searches.find(session, caller, search_id)
    found = results.list_events(session, search, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[event_body(event) for event in page],
        next_cursor=str(page[-1].seq) if len(found) > limit else None,
    )


@router.get("/logs", response_class=PlainTextResponse, responses=problems(NotFound))
def read_search_log(session: SessionDep, caller: CallerDep, search_id: SearchIdDep) -> str:
    """Read what happened to a search as text, with the traceback of a failure."""
    search = searches.find(session, caller, search_id)
    return "".join(log_lines(event) for event in results.list_events(session, search))
