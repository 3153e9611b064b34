"""How the architecture of a search developed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, SearchIdDep, SessionDep
from api.endpoint.route import ApiRoute
from api.http.errors import NotFound
from api.schemas.alphas import StageAlphas, stage_alphas
from api.services import results, searches
from pdarts_core.config import MAX_STAGES, StageConfig
from pdarts_core.config_fields import bounds_of

router = APIRouter(prefix="/searches/{search_id}", tags=["results"], route_class=ApiRoute)

_EPOCH_BOUNDS: dict[str, Any] = {**bounds_of(StageConfig, "epochs").as_dict()}


@router.get("/alphas", responses=problems(NotFound))
def list_search_alphas(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    stage: Annotated[int, Query(description="Counted from 1", ge=1, le=MAX_STAGES)],
    epoch: Annotated[
        int | None, Query(description="Only this epoch, counted from 1", **_EPOCH_BOUNDS)
    ] = None,
) -> StageAlphas:
    """Read the alphas of a stage at the end of each epoch, or of one."""
    search = searches.find(session, caller, search_id)
    found = results.find_stage(session, search, stage)
    return stage_alphas(found, results.list_alphas(session, found, epoch))
