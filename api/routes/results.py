"""What a search has produced so far: stages, epochs, checkpoints."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, ResourcesDep, SearchIdDep, SessionDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.csv_tables import AS_CSV
from api.http.errors import ArtifactsUnavailable, NotFound
from api.http.paging import NEXT_PAGE, page_response
from api.schemas.checkpoints import CheckpointBody
from api.schemas.epochs import EPOCH_CURSOR, EpochBody, epoch_body, epoch_cursor, place_of
from api.schemas.stages import StageBody, stage_body
from api.services import checkpoints, results, searches
from pdarts_core.config import MAX_STAGES

router = APIRouter(prefix="/searches/{search_id}", tags=["results"], route_class=ApiRoute)


@router.get("/stages", responses=problems(NotFound))
def list_search_stages(
    session: SessionDep, caller: CallerDep, search_id: SearchIdDep
) -> Page[StageBody]:
    """List the stages that have started."""
    search = searches.find(session, caller, search_id)
    stages = results.list_stages(session, search)
    return Page(data=[stage_body(stage, results.last_epoch(session, stage)) for stage in stages])


@router.get("/stages/{stage}", responses=problems(NotFound))
def get_search_stage(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    stage: Annotated[int, Path(description="Counted from 1", examples=[1], ge=1, le=MAX_STAGES)],
) -> StageBody:
    """Read a stage."""
    search = searches.find(session, caller, search_id)
    found = results.find_stage(session, search, stage)
    return stage_body(found, results.last_epoch(session, found))


@router.get(
    "/epochs",
    response_model=Page[EpochBody],
    responses=problems(NotFound) | {200: AS_CSV | {"headers": NEXT_PAGE}},
)
def list_search_epochs(
    request: Request,
    caller: CallerDep,
    session: SessionDep,
    search_id: SearchIdDep,
    stage: Annotated[
        int | None, Query(description="Only epochs of this stage", ge=1, le=MAX_STAGES)
    ] = None,
    after: Annotated[
        str | None,
        Query(description="`next_cursor` of the page before", pattern=EPOCH_CURSOR),
    ] = None,
    limit: Annotated[
        int | None, Query(description="Epochs on a page; all of them if left out", ge=1, le=1000)
    ] = None,
) -> Response:
    """List the epochs that have finished, as JSON or as CSV (`Accept: text/csv`)."""
    search = searches.find(session, caller, search_id)
    found = results.list_epochs(
        session,
        search,
        stage=stage,
        after=None if after is None else place_of(after),
        limit=limit and limit + 1,
    )
    epochs = [epoch_body(row) for row in found[:limit]]
    cursor = epoch_cursor(epochs[-1]) if len(found) > len(epochs) else None
    return page_response(request, epochs, cursor, columns=list(EpochBody.model_fields), as_row=vars)


@router.get("/checkpoints", responses=problems(NotFound, ArtifactsUnavailable))
def list_search_checkpoints(
    caller: CallerDep, resources: ResourcesDep, search_id: SearchIdDep
) -> Page[CheckpointBody]:
    """List the checkpoints, the newest first. The search continues from the newest."""
    # No session is open while the store is asked: it may be far away.
    with resources.database.read() as session:
        newest = searches.find(session, caller, search_id).job.checkpoint_key
    return Page(data=checkpoints.list_checkpoints(resources.artifacts, search_id, newest))
