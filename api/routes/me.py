"""Who a client is to the service."""

from fastapi import APIRouter, Request

from api.endpoint.dependencies import AnyCallerDep, ResourcesDep, SessionDep
from api.endpoint.route import ApiRoute
from api.schemas.me import LimitsBody, MeBody, me_body, requests_body, use_body
from api.services.quotas import count_active_jobs
from api.services.weights import count_bytes

router = APIRouter(tags=["keys"], route_class=ApiRoute)


@router.get("/me")
def get_me(
    request: Request, caller: AnyCallerDep, session: SessionDep, resources: ResourcesDep
) -> MeBody:
    """Read whose key this is, what it allows, and how much of the owner's limits is used."""
    settings = resources.settings
    limits = LimitsBody(
        requests_per_minute=requests_body(getattr(request.state, "allowance", None)),
        active_searches=use_body(settings.active_jobs, count_active_jobs(session, caller)),
        event_streams=use_body(settings.event_streams, resources.open_streams.count(caller.owner)),
        weights_bytes=use_body(settings.weights_bytes_per_owner, count_bytes(session, caller)),
    )
    return me_body(caller, limits)
