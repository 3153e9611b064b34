"""Searches: submitted, listed, followed, ended."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Body, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dependencies import (
    CallerDep,
    ResourcesDep,
    SearchCursorDep,
    SearchIdDep,
    SessionDep,
)
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.json_body import MERGE_PATCH
from api.endpoint.metadata_filter import METADATA_PARAMETER, MetadataFilterDep
from api.endpoint.route import ApiRoute
from api.endpoint.waiting import preferred_wait, wait_for_news
from api.http.answers import json_answer
from api.http.bodies import Page
from api.http.conditional import NOT_MODIFIED, matches, version_tag
from api.http.csv_tables import AS_CSV
from api.http.errors import (
    BodyTooLarge,
    DatasetsUnavailable,
    InvalidRequest,
    MalformedJson,
    NotCancellable,
    NotFound,
    NotPausable,
    NotPrioritizable,
    NotResumable,
    NotRetryable,
    PreconditionFailed,
    QuotaExceeded,
    SearchActive,
    SearchTooLarge,
    SearchTooLong,
    UnsupportedMediaType,
)
from api.http.paging import NEXT_PAGE, page_response
from api.resources.job_versions import JobVersion
from api.resources.resources import Resources
from api.schemas.dry_run import DryRunBody, dry_run_body
from api.schemas.searches import (
    SEARCH_COLUMNS,
    SearchBody,
    search_body,
    search_path,
    search_row,
)
from api.schemas.specs import EXAMPLE_REQUESTS, SearchPatch, SearchRequest
from api.schemas.times import Moment
from api.services import changes, searches
from api.services.forecast import forecast_search
from api.services.quotas import check_active_searches
from api.services.specs import CompleteSpec, complete
from store.catalogue import LONGEST_NAME
from store.job_spec import LONGEST_NAME as LONGEST_SEARCH_NAME
from store.states import Status
from store.tables import Search

router = APIRouter(prefix="/searches", tags=["searches"], route_class=ApiRoute)

_NO_NUL = r"^[^\x00]*$"


def complete_spec(
    body: Annotated[SearchRequest, Body(openapi_examples=EXAMPLE_REQUESTS)],
    resources: ResourcesDep,
) -> CompleteSpec:
    """Return the complete spec of a request's body."""
    return complete(body, resources.settings.data_dir)


def filter_of(
    metadata: MetadataFilterDep,
    status: Annotated[Status | None, Query(description="Only searches with this status")] = None,
    dataset: Annotated[
        str | None,
        Query(
            description="Only searches on this data set", max_length=LONGEST_NAME, pattern=_NO_NUL
        ),
    ] = None,
    name: Annotated[
        str | None,
        Query(
            description="Only searches with exactly this name",
            max_length=LONGEST_SEARCH_NAME,
            pattern=_NO_NUL,
        ),
    ] = None,
    created_after: Annotated[
        Moment | None,
        Query(description="Only searches submitted at this time or later (RFC 3339)"),
    ] = None,
    created_before: Annotated[
        Moment | None, Query(description="Only searches submitted before this time (RFC 3339)")
    ] = None,
) -> searches.SearchFilter:
    """Return which searches to list."""
    return searches.SearchFilter(
        status=status,
        dataset=dataset,
        name=name,
        metadata=metadata,
        created_after=created_after,
        created_before=created_before,
    )


SearchFilterDep = Annotated[searches.SearchFilter, Depends(filter_of)]


# Before the session: looking at a folder of images takes a while, which no transaction waits for.
SpecDep = Annotated[CompleteSpec, Depends(complete_spec)]


@router.post(
    "",
    status_code=202,
    response_model=SearchBody,
    responses=problems(
        MalformedJson,
        UnsupportedMediaType,
        SearchTooLarge,
        SearchTooLong,
        QuotaExceeded,
        DatasetsUnavailable,
        *IDEMPOTENCY_ERRORS,
    )
    | {200: {"model": DryRunBody, "description": "Dry run: nothing was submitted"}},
)
@idempotent(unless="dry_run")
def create_search(
    *,
    spec: SpecDep,
    session: SessionDep,
    caller: CallerDep,
    resources: ResourcesDep,
    dry_run: Annotated[
        bool, Query(description="Check the spec and fill in its defaults, but submit nothing")
    ] = False,
) -> Response:
    """Submit a search."""
    settings = resources.settings
    forecast = forecast_search(session, spec, settings)
    if dry_run:
        body = dry_run_body(spec.document, forecast.whole_batches, forecast.estimate)
        return json_answer(body)
    search = searches.submit(session, caller, spec, forecast, settings.max_attempts)
    check_active_searches(session, caller, settings.active_searches)
    _ring_after_commit(session, resources, search.id)
    return _answer(search, status_code=202, location=search_path(search.id))


@router.get(
    "",
    response_model=Page[SearchBody],
    responses=problems() | {200: AS_CSV | {"headers": NEXT_PAGE}},
    openapi_extra={"parameters": [METADATA_PARAMETER]},
)
def list_searches(
    request: Request,
    caller: CallerDep,
    session: SessionDep,
    after: SearchCursorDep,
    wanted: SearchFilterDep,
    limit: Annotated[int, Query(description="Searches on a page", ge=1, le=200)] = 50,
) -> Response:
    """List searches, the newest first, as JSON or CSV (`Accept: text/csv`).

    They are sorted by ID, which grows with time, so that new searches do not shift later pages.
    A search is listed if it passes all filters.
    """
    found = searches.list_searches(session, caller, wanted, after=after, limit=limit + 1)
    page = found[:limit]
    return page_response(
        request,
        [search_body(search) for search in page],
        page[-1].id if len(found) > limit else None,
        columns=SEARCH_COLUMNS,
        as_row=search_row,
    )


@router.get(
    "/{search_id}",
    response_model=SearchBody,
    responses=problems(NotFound) | {304: NOT_MODIFIED},
)
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
            "News is any change with `If-None-Match`, and the end of the search without",
            examples=["wait=30"],
        ),
    ] = "",
) -> Response:
    """Read a search."""

    def is_known(seen: JobVersion) -> bool:
        return matches(if_none_match, version_tag(seen.version))

    def is_news(seen: JobVersion) -> bool:
        return seen.has_ended or (if_none_match is not None and not is_known(seen))

    def read() -> Response:
        with resources.database.read() as session:
            return _answer(searches.find(session, caller, search_id))

    seen = None
    if seconds := preferred_wait(prefer):
        seen = await wait_for_news(
            request, resources, caller, search_id, is_news=is_news, seconds=seconds
        )
    elif if_none_match is not None:
        seen = await resources.job_versions.read(caller, search_id)
    if seen is not None and is_known(seen):
        return Response(status_code=304, headers={"ETag": version_tag(seen.version)})
    async with resources.readers:
        return await run_in_threadpool(read)


@router.patch(
    "/{search_id}",
    response_model=SearchBody,
    responses=problems(
        MalformedJson,
        NotFound,
        NotPrioritizable,
        PreconditionFailed,
        BodyTooLarge,
        UnsupportedMediaType,
        InvalidRequest,
    ),
    openapi_extra={
        "requestBody": {
            "content": {MERGE_PATCH: {"schema": {"$ref": "#/components/schemas/SearchPatch"}}}
        }
    },
)
def change_search(
    body: SearchPatch,
    caller: CallerDep,
    session: SessionDep,
    search_id: SearchIdDep,
    if_match: Annotated[
        str | None,
        Header(description="The `ETag` that you have; refuse if the search has changed since"),
    ] = None,
) -> Response:
    """Change a search's name, metadata or priority."""
    return _answer(changes.change(session, caller, search_id, body, if_match))


@router.post(
    "/{search_id}/cancel",
    status_code=202,
    response_model=SearchBody,
    responses=problems(NotCancellable, NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def cancel_search(session: SessionDep, caller: CallerDep, search_id: SearchIdDep) -> Response:
    """Cancel a search: at once if it is waiting, within seconds if it is running."""
    return _answer(searches.cancel(session, caller, search_id), status_code=202)


@router.post(
    "/{search_id}/pause",
    status_code=202,
    response_model=SearchBody,
    responses=problems(NotPausable, NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def pause_search(session: SessionDep, caller: CallerDep, search_id: SearchIdDep) -> Response:
    """Pause a search: at once if it is waiting, within seconds (with a checkpoint) if running."""
    return _answer(searches.pause(session, caller, search_id), status_code=202)


@router.post(
    "/{search_id}/resume",
    status_code=202,
    response_model=SearchBody,
    responses=problems(NotResumable, QuotaExceeded, NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def resume_search(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep, search_id: SearchIdDep
) -> Response:
    """Queue a paused search again. It continues from its last checkpoint."""
    _ring_after_commit(session, resources, search_id)
    search = searches.resume(session, caller, search_id)
    check_active_searches(session, caller, resources.settings.active_searches)
    return _answer(search, status_code=202)


@router.post(
    "/{search_id}/retry",
    status_code=202,
    response_model=SearchBody,
    responses=problems(NotRetryable, QuotaExceeded, NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def retry_search(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep, search_id: SearchIdDep
) -> Response:
    """Queue a failed search again. It continues from its last checkpoint."""
    _ring_after_commit(session, resources, search_id)
    search = searches.retry(session, caller, search_id)
    check_active_searches(session, caller, resources.settings.active_searches)
    return _answer(search, status_code=202)


@router.delete(
    "/{search_id}",
    status_code=204,
    response_class=Response,
    responses=problems(NotFound, SearchActive),
)
def delete_search(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    search_id: SearchIdDep,
    background: BackgroundTasks,
) -> None:
    """Delete a search that has ended, with everything it left behind."""
    searches.remove(session, caller, search_id)
    background.add_task(resources.artifacts.delete_folder, search_id)


def _answer(search: Search, *, status_code: int = 200, location: str | None = None) -> Response:
    """Return a search with the tag of its version, by which its reader waits for the next."""
    etag = version_tag(search.job.version)
    return json_answer(search_body(search), status_code=status_code, etag=etag, location=location)


def _ring_after_commit(session: Session, resources: Resources, search_id: str) -> None:
    # A worker must find the row when it comes to claim it.
    event.listen(session, "after_commit", lambda _: resources.doorbell.ring(search_id), once=True)
