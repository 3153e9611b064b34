"""What the prunings of a search dropped."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, SearchIdDep, SessionDep
from api.endpoint.route import ApiRoute
from api.http.errors import NotFound
from api.schemas.pruning import PruningBody, stage_pruning
from api.services import results, searches

router = APIRouter(prefix="/searches/{search_id}", tags=["results"], route_class=ApiRoute)

DEFAULT_THRESHOLD = 0.01


@router.get("/pruning", responses=problems(NotFound))
def get_search_pruning(
    caller: CallerDep,
    session: SessionDep,
    search_id: SearchIdDep,
    threshold: Annotated[
        float,
        Query(
            description="The largest difference in probability that counts as a close call",
            ge=0,
            le=1,
        ),
    ] = DEFAULT_THRESHOLD,
) -> PruningBody:
    """Read what each pruning removed from each edge, how probable it was, and how close it was."""
    search = searches.find(session, caller, search_id)
    stages = len(search.job.spec["stages"])
    prunings = [
        stage_pruning(stage, threshold, is_last=stage.stage == stages)
        for stage in results.list_stages(session, search)
    ]
    return PruningBody(
        threshold=threshold, stages=[pruning for pruning in prunings if pruning is not None]
    )
