"""Whether the service lives, and can do its work."""

from fastapi import APIRouter, Response

from api.endpoint.dependencies import ResourcesDep
from api.endpoint.route import ApiRoute
from api.schemas.health import LiveBody, ReadyBody
from api.services.health import check_readiness

router = APIRouter(tags=["operation"], route_class=ApiRoute)


@router.get("/livez")
async def get_liveness() -> LiveBody:
    """Check that the process answers."""
    return LiveBody()


@router.get(
    "/readyz", responses={503: {"model": ReadyBody, "description": "It cannot serve requests"}}
)
async def get_readiness(resources: ResourcesDep, response: Response) -> ReadyBody:
    """Check the database, its schema, the broker, the artifacts and the data folder."""
    readiness: ReadyBody = await resources.ready_look.take(lambda: check_readiness(resources))
    if readiness.status == "unavailable":
        response.status_code = 503
    return readiness
