"""Searches: submitted, listed, followed, ended."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.conditional import NOT_MODIFIED, matches, version_tag
from api.dependencies import CallerDep, ResourcesDep, SearchIdDep, SessionDep
from api.json_body import JsonRoute
from api.resources import Resources
from api.schemas.base import Page
from api.schemas.searches import SearchBody, search_body, search_path
from api.schemas.specs import SearchRequest
from api.services import searches
from api.services.capacity import check_capacity
from api.services.specs import complete
from api.waiting import preferred_wait, wait_for_news
from store.states import Status

router = APIRouter(prefix="/searches", tags=["searches"], route_class=JsonRoute)


@router.post("", status_code=202, response_model=SearchBody)
def create_search(
    body: SearchRequest,
    session: SessionDep,
    caller: CallerDep,
    resources: ResourcesDep,
    response: Response,
) -> SearchBody:
    """Submit a search."""
    settings = resources.settings
    spec = complete(body, settings.data_dir)
    check_capacity(session, spec, settings.lease_seconds)
    search = searches.submit(session, caller, spec, max_attempts=settings.max_attempts)
    ring_after_commit(session, resources, search.id)
    response.headers["Location"] = search_path(search.id)
    return search_body(search)


@router.get("", response_model=Page[SearchBody])
def list_searches(
    session: SessionDep,
    caller: CallerDep,
    status: Status | None = None,
    dataset: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[SearchBody]:
    """List searches, the newest first."""
    wanted = searches.SearchFilter(status=status, dataset=dataset)
    found = searches.list_searches(session, caller, wanted, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[search_body(search) for search in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


@router.get("/{search_id}", response_model=SearchBody, responses={304: NOT_MODIFIED})
async def get_search(
    request: Request,
    caller: CallerDep,
    resources: ResourcesDep,
    search_id: SearchIdDep,
    if_none_match: Annotated[str | None, Header(description="The `ETag` that you have")] = None,
    prefer: Annotated[
        str,
        Header(
            description="`wait=N`: answer when there is news, or after N seconds (60 at most). "
            "News is any change, with `If-None-Match`; without, the end of the search",
            examples=["wait=30"],
        ),
    ] = "",
) -> Response:
    """Read a search."""

    def is_known(standing: searches.Standing) -> bool:
        return matches(if_none_match, version_tag(standing.version))

    def is_news(standing: searches.Standing) -> bool:
        return standing.has_ended or (if_none_match is not None and not is_known(standing))

    def read() -> Response:
        with resources.database.read() as session:
            search = searches.find(session, caller, search_id)
            headers = {"ETag": version_tag(search.job.version)}
            body = search_body(search).model_dump_json()
            return Response(body, headers=headers, media_type="application/json")

    wait = preferred_wait(prefer)
    standing = await wait_for_news(
        request, resources.database, caller, search_id, is_news=is_news, seconds=wait
    )
    if is_known(standing):
        return Response(status_code=304, headers={"ETag": version_tag(standing.version)})
    return await run_in_threadpool(read)


@router.post("/{search_id}/cancel", status_code=202, response_model=SearchBody)
def cancel_search(session: SessionDep, caller: CallerDep, search_id: SearchIdDep) -> SearchBody:
    """Cancel a search."""
    return search_body(searches.cancel(session, caller, search_id))


@router.post("/{search_id}/pause", status_code=202, response_model=SearchBody)
def pause_search(session: SessionDep, caller: CallerDep, search_id: SearchIdDep) -> SearchBody:
    """Pause a search."""
    return search_body(searches.pause(session, caller, search_id))


@router.post("/{search_id}/resume", status_code=202, response_model=SearchBody)
def resume_search(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep, search_id: SearchIdDep
) -> SearchBody:
    """Queue a paused search again."""
    ring_after_commit(session, resources, search_id)
    return search_body(searches.resume(session, caller, search_id))


@router.post("/{search_id}/retry", status_code=202, response_model=SearchBody)
def retry_search(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep, search_id: SearchIdDep
) -> SearchBody:
    """Queue a failed search again; it goes on from its last checkpoint."""
    ring_after_commit(session, resources, search_id)
    return search_body(searches.retry(session, caller, search_id))


@router.delete("/{search_id}", status_code=204)
def delete_search(
    session: SessionDep,
    caller: CallerDep,
    resources: ResourcesDep,
    search_id: SearchIdDep,
    background: BackgroundTasks,
) -> None:
    """Delete a search that has ended, and all that it left."""
    searches.remove(session, caller, search_id)
    background.add_task(resources.artifacts.delete_folder, search_id)


def ring_after_commit(session: Session, resources: Resources, search_id: str) -> None:
    """Tell a worker of the search once its row is there to be claimed."""
    event.listen(session, "after_commit", lambda _: resources.doorbell.ring(search_id), once=True)
