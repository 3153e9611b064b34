"""Trained weights that owners send: released checkpoints, and what evaluations ended with."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Response
from sqlalchemy import event

from api.docs.openapi import problems
from api.endpoint.dependencies import (
    CallerDep,
    ResourcesDep,
    SessionDep,
    WeightsCursorDep,
    WeightsIdDep,
)
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.sent_weights import SentWeightsDep
from api.endpoint.upload import UploadRoute
from api.http.answers import json_answer, sends
from api.http.bodies import Page
from api.http.errors import (
    ArtifactsUnavailable,
    ClientLeft,
    EmptyBody,
    NotFound,
    QuotaExceeded,
    TooManyWeights,
    UnsupportedMediaType,
    WeightsInUse,
    WeightsLayoutUnknown,
    WeightsNotFinite,
    WeightsNotFloat,
    WeightsTooCostly,
    WeightsUnreadable,
    WeightsUnsafe,
)
from api.schemas.weights import WEIGHTS_BODY, WeightsBody, weights_body, weights_path
from api.services import weights

router = APIRouter(prefix="/weights", tags=["weights"], route_class=UploadRoute)


@router.post(
    "",
    status_code=201,
    response_model=WeightsBody,
    responses=problems(
        EmptyBody,
        ClientLeft,
        UnsupportedMediaType,
        WeightsUnreadable,
        WeightsUnsafe,
        WeightsTooCostly,
        WeightsNotFloat,
        WeightsNotFinite,
        WeightsLayoutUnknown,
        TooManyWeights,
        QuotaExceeded,
        ArtifactsUnavailable,
        *IDEMPOTENCY_ERRORS,
    )
    | {
        200: {"model": WeightsBody, "description": "You had sent the same file before"}
        | sends("Location")
    },
    openapi_extra={"requestBody": WEIGHTS_BODY},
)
@idempotent()
def send_weights(
    caller: CallerDep, sent: SentWeightsDep, session: SessionDep, resources: ResourcesDep
) -> Response:
    """Send a file of trained weights, for evaluations that begin with them or only test them.

    It is a `.pt` or `.pth` file, as `torch.save` writes it, or one of safetensors. Code in it is
    never run. The same file is kept once, however often you send it.
    """
    most = resources.settings.weights_bytes_per_owner
    row, is_new = weights.add(session, caller, sent.sent, most)
    if is_new:
        # A commit whose reply is lost may have succeeded: from here on, a row may name it.
        event.listen(session, "before_commit", lambda _: setattr(sent, "is_kept", True), once=True)
    status = 201 if is_new else 200
    return json_answer(weights_body(row), status_code=status, location=weights_path(row.id))


@router.get("", name="list_weights")
def list_own_weights(
    caller: CallerDep,
    session: SessionDep,
    after: WeightsCursorDep,
    limit: Annotated[int, Query(description="Files on a page", ge=1, le=200)] = 50,
) -> Page[WeightsBody]:
    """List your weights, the newest first. New ones do not shift later pages."""
    found = weights.list_weights(session, caller, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[weights_body(row) for row in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


@router.get("/{weights_id}", responses=problems(NotFound))
def get_weights(caller: CallerDep, session: SessionDep, weights_id: WeightsIdDep) -> WeightsBody:
    """Read what is known of a file of weights."""
    return weights_body(weights.find(session, caller, weights_id))


@router.delete(
    "/{weights_id}",
    status_code=204,
    response_class=Response,
    responses=problems(NotFound, WeightsInUse),
)
def delete_weights(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    weights_id: WeightsIdDep,
    background: BackgroundTasks,
) -> None:
    """Delete weights, unless an evaluation that has not ended begins with them."""
    weights.remove(session, caller, weights_id)
    background.add_task(resources.artifacts.delete_folder, weights_id)
