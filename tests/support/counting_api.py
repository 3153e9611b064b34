"""The interface's half of the kind of job that tests have: paths below /counts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import APIRouter, Depends, FastAPI, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.endpoint.dependencies import CallerDep, ResourcesDep, SessionDep
from api.endpoint.idempotency import idempotent
from api.endpoint.parameters import refuse_unknown_parameters
from api.endpoint.route import ApiRoute
from api.endpoint.sessions import ring_after_commit
from api.http.bodies import Input
from api.http.errors import Conflict
from api.main import create_app
from api.resources.security import Caller
from api.routes.job_history import history_routes
from api.routes.jobs import JobResource, Shown, add_job_routes
from api.schemas.jobs import JobBody, JobPatch, shared_values
from api.services import jobs
from api.services.jobs import JobFilter
from api.services.quotas import check_active_jobs
from store.settings import Settings
from store.tables import Job
from tests.support.counting import COUNT, make_count
from tests.support.http_service import serve


class CountRequest(Input):
    """What to count to."""

    to: int


class CountBody(JobBody):
    """A count as clients see it."""

    name: str | None
    metadata: dict[str, Any]
    to: int
    reached: int
    error: str | None


class CountPatch(JobPatch):
    """What can be changed of a count."""


class CountActive(Conflict):
    """The count has not ended."""

    code = "count_active"


def count_body(job: Job) -> CountBody:
    return CountBody(
        name=job.name,
        metadata=job.labels,
        to=job.spec["to"],
        reached=job.progress.get("reached", 0),
        error=job.error_message,
        **shared_values(job),
    )


def _read(session: Session, caller: Caller, count_id: str) -> Shown:
    job = jobs.find(session, caller, COUNT, count_id)
    return Shown(body=count_body(job), version=job.version)


def _page(
    session: Session, caller: Caller, wanted: JobFilter, after: str | None, limit: int
) -> list[CountBody]:
    ids = jobs.ids_of_page(caller, COUNT, wanted, after=after, limit=limit).scalar_subquery()
    rows = wanted.sort.page_of(select(Job).where(Job.id.in_(ids)), Job.id, after=None)
    return [count_body(job) for job in session.scalars(rows)]


def _row(body: CountBody) -> Mapping[str, Any]:
    return {"id": body.id, "status": body.status}


COUNTS = JobResource(
    kind=COUNT,
    body=CountBody,
    read=_read,
    page=_page,
    columns=("id", "status"),
    as_row=_row,
    patch=CountPatch,
    still_active=CountActive,
)
router = APIRouter(prefix="/counts", route_class=ApiRoute)


@router.post("", status_code=202)
@idempotent()
def create_count(
    body: CountRequest, session: SessionDep, caller: CallerDep, resources: ResourcesDep
) -> Response:
    count_id = make_count(session, owner=caller.owner, to=body.to)
    check_active_jobs(session, caller, COUNT, resources.settings.active_jobs)
    ring_after_commit(session, resources, count_id)
    return COUNTS.read(session, caller, count_id).answer(status_code=202)


add_job_routes(router, COUNTS)


def create_counting_app(settings: Settings) -> FastAPI:
    """Make the service, with counts beside searches."""
    app = create_app(settings)
    routes = APIRouter(dependencies=[Depends(refuse_unknown_parameters)])
    routes.include_router(router)
    routes.include_router(history_routes(COUNT))
    app.include_router(routes)
    return app


@contextmanager
def serve_counts(settings: Settings) -> Iterator[httpx.Client]:
    """Yield a client of a running service that knows counts."""
    with serve(settings, app=create_counting_app(settings)) as client:
        yield client
