"""Who a client is to the service."""

from fastapi import APIRouter

from api.dependencies import AnyCallerDep
from api.route import ApiRoute
from api.schemas.me import MeBody, me_body

router = APIRouter(tags=["keys"], route_class=ApiRoute)


@router.get("/me")
async def get_me(caller: AnyCallerDep) -> MeBody:
    """Tell whose key the request has shown, and what it is good for."""
    return me_body(caller)
