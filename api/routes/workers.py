"""The workers, and how much of them is free."""

from fastapi import APIRouter

from api.dependencies import CallerDep, ResourcesDep, SessionDep
from api.route import ApiRoute
from api.schemas.base import Page
from api.schemas.workers import CapacityBody, WorkerBody, capacity_body, worker_body
from api.services import workers
from api.services.next_start import estimate_next_start

router = APIRouter(tags=["operation"], route_class=ApiRoute)


@router.get("/workers")
def list_workers(
    session: SessionDep, caller: CallerDep, resources: ResourcesDep
) -> Page[WorkerBody]:
    """List the workers, the newest first."""
    seen = workers.list_workers(session, caller, resources.settings.lease_seconds)
    return Page(data=[worker_body(worker) for worker in seen])


@router.get("/capacity")
def get_capacity(session: SessionDep, _: CallerDep, resources: ResourcesDep) -> CapacityBody:
    """Tell how much of the service is free."""
    lease_seconds = resources.settings.lease_seconds
    capacity = workers.measure_capacity(session, lease_seconds)
    return capacity_body(capacity, estimate_next_start(session, lease_seconds))
