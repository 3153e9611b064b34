"""The workers, and how much of them is free."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dependencies import AdminDep, CallerDep, ResourcesDep, SessionDep, WorkerIdDep
from api.endpoint.idempotency import ERRORS_OF_A_CALL, CallDep, answer_once
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.errors import NotFound
from api.resources.resources import Resources
from api.resources.security import Caller
from api.schemas.workers import CapacityBody, WorkerBody, capacity_body, worker_body
from api.services import workers
from api.services.idempotency import Call
from api.services.next_start import estimate_next_start

router = APIRouter(tags=["operation"], route_class=ApiRoute)


@router.get("/workers")
def list_workers(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep
) -> Page[WorkerBody]:
    """List the workers, the newest first."""
    seen = workers.list_workers(session, caller, resources.settings.lease_seconds)
    return Page(data=[worker_body(worker) for worker in seen])


@router.get("/workers/{worker_id}", responses=problems(NotFound))
def get_worker(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep, worker_id: WorkerIdDep
) -> WorkerBody:
    """Read a worker."""
    lease_seconds = resources.settings.lease_seconds
    return worker_body(workers.find_worker(session, caller, lease_seconds, worker_id))


@router.post(
    "/workers/{worker_id}/drain",
    status_code=202,
    response_model=WorkerBody,
    responses=problems(NotFound, *ERRORS_OF_A_CALL),
)
def drain_worker(
    caller: AdminDep,
    call: CallDep,
    session: SessionDep,
    resources: ResourcesDep,
    worker_id: WorkerIdDep,
) -> Response:
    """Have a worker give its search back at its next step, and take no other."""
    return _move(session, caller, resources, call, worker_id, workers.drain)


@router.post(
    "/workers/{worker_id}/undrain",
    status_code=202,
    response_model=WorkerBody,
    responses=problems(NotFound, *ERRORS_OF_A_CALL),
)
def undrain_worker(
    caller: AdminDep,
    call: CallDep,
    session: SessionDep,
    resources: ResourcesDep,
    worker_id: WorkerIdDep,
) -> Response:
    """Have a worker that was to drain take searches again."""
    return _move(session, caller, resources, call, worker_id, workers.undrain)


@router.get("/capacity")
def get_capacity(session: SessionDep, _: CallerDep, resources: ResourcesDep) -> CapacityBody:
    """Tell how much of the service is free."""
    lease_seconds = resources.settings.lease_seconds
    capacity = workers.measure_capacity(session, lease_seconds)
    return capacity_body(capacity, estimate_next_start(session, lease_seconds))


def _move(
    session: Session,
    caller: Caller,
    resources: Resources,
    call: Call | None,
    worker_id: str,
    move: Callable[[Session, str], None],
) -> Response:
    lease_seconds = resources.settings.lease_seconds

    def act() -> Response:
        move(session, worker_id)
        body = worker_body(workers.find_worker(session, caller, lease_seconds, worker_id))
        return Response(body.model_dump_json(), status_code=202, media_type="application/json")

    return answer_once(session, caller, call, act)
