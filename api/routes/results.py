"""What a search has produced so far: stages, epochs, checkpoints."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from api.dependencies import CallerDep, SearchIdDep, SessionDep
from api.errors import NotAcceptable, NotFound
from api.negotiation import choose_media_type
from api.openapi import problems
from api.schemas.base import Page
from api.schemas.checkpoints import CheckpointBody
from api.schemas.epochs import EpochBody, epoch_body, to_csv
from api.schemas.stages import StageBody, stage_body
from api.services import results, searches
from pdarts_core.config import MAX_STAGES

router = APIRouter(prefix="/searches/{search_id}", tags=["results"])

_CSV = "text/csv"
_JSON = "application/json"


@router.get("/stages", responses=problems(NotFound))
def list_search_stages(
    session: SessionDep, caller: CallerDep, search_id: SearchIdDep
) -> Page[StageBody]:
    """List the stages that have begun."""
    search = searches.find(session, caller, search_id)
    stages = results.list_stages(session, search)
    return Page(data=[stage_body(stage, results.last_epoch(session, stage)) for stage in stages])


@router.get("/stages/{stage}", responses=problems(NotFound))
def get_search_stage(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    stage: Annotated[int, Path(description="Counted from 1", examples=[1])],
) -> StageBody:
    """Read a stage."""
    search = searches.find(session, caller, search_id)
    found = results.find_stage(session, search, stage)
    return stage_body(found, results.last_epoch(session, found))


@router.get(
    "/epochs",
    response_model=Page[EpochBody],
    responses=problems(NotFound, NotAcceptable)
    | {200: {"content": {_CSV: {"schema": {"type": "string"}}}}},
)
def list_search_epochs(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    stage: Annotated[
        int | None, Query(description="Only of this stage", ge=1, le=MAX_STAGES)
    ] = None,
    accept: Annotated[str, Header(description="`text/csv` for a table")] = _JSON,
) -> Page[EpochBody] | Response:
    """List the epochs that have ended, as JSON or as CSV."""
    media_type = choose_media_type(accept, [_JSON, _CSV])
    search = searches.find(session, caller, search_id)
    epochs = [epoch_body(row) for row in results.list_epochs(session, search, stage)]
    if media_type == _CSV:
        return Response(to_csv(epochs), media_type=_CSV, headers={"Vary": "Accept"})
    return Page(data=epochs)


@router.get("/checkpoints", responses=problems(NotFound))
def list_search_checkpoints(
    session: SessionDep, caller: CallerDep, search_id: SearchIdDep
) -> Page[CheckpointBody]:
    """List the checkpoints from which the search would go on: the newest, or none."""
    job = searches.find(session, caller, search_id).job
    if job.checkpoint_key is None or job.checkpoint_step is None or job.checkpoint_sha256 is None:
        return Page(data=[])
    newest = CheckpointBody(
        key=job.checkpoint_key, step=job.checkpoint_step, sha256=job.checkpoint_sha256
    )
    return Page(data=[newest])
