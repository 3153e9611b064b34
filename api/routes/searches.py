"""Searches: submitted, listed, followed, ended."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dataset_shelf import check_new_dataset, shelf_of
from api.endpoint.dependencies import CallerDep, DryRunQuery, ResourcesDep, SessionDep
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.route import ApiRoute
from api.endpoint.sessions import ring_after_commit
from api.http.answers import json_answer, sends
from api.http.errors import (
    DatasetReplaced,
    DatasetsUnavailable,
    MalformedJson,
    NoArchitectureEpoch,
    QuotaExceeded,
    SearchActive,
    SearchTooLarge,
    SearchTooLong,
    UnsupportedMediaType,
)
from api.resources.security import Caller
from api.routes.job_history import history_routes
from api.routes.jobs import JobResource, Shown, add_job_routes
from api.schemas.dry_run import DryRunBody, dry_run_body
from api.schemas.searches import (
    SEARCH_COLUMNS,
    SearchBody,
    search_body,
    search_path,
    search_row,
)
from api.schemas.specs import EXAMPLE_REQUESTS, SearchPatch, SearchRequest
from api.services import datasets, results, searches
from api.services.forecast import forecast_search
from api.services.jobs import JobFilter
from api.services.quotas import check_active_jobs
from api.services.specs import CompleteSpec, complete
from store.kinds import SEARCH
from store.tables import Epoch, Search

router = APIRouter(prefix="/searches", tags=["searches"], route_class=ApiRoute)


async def complete_spec(
    body: Annotated[SearchRequest, Body(openapi_examples=EXAMPLE_REQUESTS)],
    caller: CallerDep,
    resources: ResourcesDep,
) -> CompleteSpec:
    """Return the complete spec of a request's body."""
    shelf = await shelf_of(resources, caller, body.get("dataset"))
    return await run_in_threadpool(complete, body, shelf)


# Before the session: looking at a folder of images takes a while, which no transaction waits for.
SpecDep = Annotated[CompleteSpec, Depends(complete_spec)]


@router.post(
    "",
    status_code=202,
    response_model=SearchBody,
    responses=problems(
        MalformedJson,
        UnsupportedMediaType,
        NoArchitectureEpoch,
        SearchTooLarge,
        SearchTooLong,
        QuotaExceeded,
        DatasetReplaced,
        DatasetsUnavailable,
        *IDEMPOTENCY_ERRORS,
    )
    | {
        200: {"model": DryRunBody, "description": "Dry run: nothing was submitted"},
        202: sends("ETag", "Location"),
    },
)
@idempotent(unless="dry_run")
def create_search(
    *,
    spec: SpecDep,
    session: SessionDep,
    caller: CallerDep,
    resources: ResourcesDep,
    dry_run: DryRunQuery = False,
) -> Response:
    """Submit a search."""
    settings = resources.settings
    forecast = forecast_search(session, spec, settings)
    if dry_run:
        return json_answer(
            dry_run_body(
                spec.document, forecast.whole_batches, forecast.estimate, forecast.warnings
            )
        )
    datasets.hold(session, caller, spec.found)
    search = searches.submit(session, caller, spec, forecast, settings.max_attempts)
    check_active_jobs(session, caller, SEARCH, settings.active_jobs)
    check_new_dataset(session, caller, spec.found, resources)
    ring_after_commit(session, resources, search.id)
    return _shown(search, None).answer(status_code=202, location=search_path(search.id))


def _shown(search: Search, measured: Epoch | None) -> Shown:
    return Shown(body=search_body(search, measured), version=search.job.version)


def _read(session: Session, caller: Caller, search_id: str) -> Shown:
    search = searches.find(session, caller, search_id)
    return _shown(search, results.last_measured(session, [search.id]).get(search.id))


def _page(
    session: Session, caller: Caller, wanted: JobFilter, after: str | None, limit: int
) -> list[SearchBody]:
    found = searches.list_searches(session, caller, wanted, after=after, limit=limit)
    measured = results.last_measured(session, [search.id for search in found])
    return [search_body(search, measured.get(search.id)) for search in found]


SEARCHES = JobResource(
    kind=SEARCH,
    body=SearchBody,
    read=_read,
    page=_page,
    columns=SEARCH_COLUMNS,
    as_row=search_row,
    patch=SearchPatch,
    still_active=SearchActive,
)
add_job_routes(router, SEARCHES)
history = history_routes(SEARCH)
