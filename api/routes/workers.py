"""The workers, and how much of them is free."""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dependencies import AdminDep, CallerDep, ResourcesDep, SessionDep, WorkerIdDep
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.errors import NotFound
from api.resources.resources import Resources
from api.resources.security import Caller
from api.schemas.workers import CapacityBody, WorkerBody
from api.services import workers

router = APIRouter(tags=["operation"], route_class=ApiRoute)


@router.get("/workers")
def list_workers(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep
) -> Page[WorkerBody]:
    """List the workers, the newest first."""
    return Page(data=workers.list_workers(session, caller, resources.settings.lease_seconds))


@router.get("/workers/{worker_id}", responses=problems(NotFound))
def get_worker(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep, worker_id: WorkerIdDep
) -> WorkerBody:
    """Read a worker."""
    return _body(session, caller, resources, worker_id)


@router.post(
    "/workers/{worker_id}/drain",
    status_code=202,
    responses=problems(NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def drain_worker(
    caller: AdminDep, session: SessionDep, resources: ResourcesDep, worker_id: WorkerIdDep
) -> WorkerBody:
    """Drain a worker: it gives its job back at its next step and takes no other."""
    workers.drain(session, worker_id)
    return _body(session, caller, resources, worker_id)


@router.post(
    "/workers/{worker_id}/undrain",
    status_code=202,
    responses=problems(NotFound, *IDEMPOTENCY_ERRORS),
)
@idempotent()
def undrain_worker(
    caller: AdminDep, session: SessionDep, resources: ResourcesDep, worker_id: WorkerIdDep
) -> WorkerBody:
    """Let a drained worker take jobs again."""
    workers.undrain(session, worker_id)
    return _body(session, caller, resources, worker_id)


@router.get("/capacity")
def get_capacity(session: SessionDep, caller: CallerDep, resources: ResourcesDep) -> CapacityBody:
    """Read how many workers are free and how many jobs are waiting."""
    return workers.measure_capacity(session, caller, resources.settings.lease_seconds)


def _body(session: Session, caller: Caller, resources: Resources, worker_id: str) -> WorkerBody:
    lease_seconds = resources.settings.lease_seconds
    return workers.find_worker(session, caller, lease_seconds, worker_id)
