"""What an evaluation has produced so far: epochs, figures, the trained network."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, EvaluationIdDep, ResourcesDep, SessionDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.csv_tables import AS_CSV, matrix_response, wants_csv
from api.http.errors import (
    ArtifactsUnavailable,
    ModelDamaged,
    NoResult,
    NoResultYet,
    NotFound,
)
from api.http.paging import NEXT_PAGE, page_response
from api.schemas.evaluation_epochs import EvaluationEpochBody, evaluation_epoch_body
from api.schemas.evaluation_results import WholeResultBody, whole_result_body
from api.services import evaluations, models
from store.model_files import SUFFIXES, ModelFile, ModelFormat, Which

router = APIRouter(
    prefix="/evaluations/{evaluation_id}", tags=["evaluations"], route_class=ApiRoute
)

_MEDIA_TYPE = "application/octet-stream"
_A_FILE: dict[str, Any] = {
    "description": "The file",
    "content": {
        _MEDIA_TYPE: {
            "schema": {"type": "string", "format": "binary"},
            "example": "the bytes of the file",
        }
    },
    "headers": {
        "Repr-Digest": {
            "description": "The file's sha256 (RFC 9530); the `ETag` is the same, in hexadecimal",
            "schema": {"type": "string"},
        },
        "Content-Disposition": {
            "description": "A name for the file",
            "schema": {"type": "string"},
        },
    },
}
_MOST_EPOCHS = 1_000_000


@router.get(
    "/epochs",
    response_model=Page[EvaluationEpochBody],
    responses=problems(NotFound) | {200: AS_CSV | {"headers": NEXT_PAGE}},
)
def list_evaluation_epochs(
    request: Request,
    caller: CallerDep,
    session: SessionDep,
    evaluation_id: EvaluationIdDep,
    after: Annotated[
        int, Query(description="Only epochs after this one", ge=0, le=_MOST_EPOCHS)
    ] = 0,
    limit: Annotated[
        int | None, Query(description="Epochs on a page; all of them if left out", ge=1, le=1000)
    ] = None,
) -> Response:
    """List the epochs that have finished, as JSON or as CSV (`Accept: text/csv`)."""
    evaluation = evaluations.find(session, caller, evaluation_id)
    found = evaluations.list_epochs(session, evaluation, after=after, limit=limit and limit + 1)
    epochs = [evaluation_epoch_body(row) for row in found[:limit]]
    cursor = str(epochs[-1].epoch) if len(found) > len(epochs) else None
    columns = list(EvaluationEpochBody.model_fields)
    return page_response(request, epochs, cursor, columns=columns, as_row=vars)


@router.get(
    "/result",
    response_model=WholeResultBody,
    responses=problems(NotFound, NoResultYet, NoResult) | {200: AS_CSV},
)
def get_evaluation_result(
    request: Request, caller: CallerDep, session: SessionDep, evaluation_id: EvaluationIdDep
) -> Response:
    """Read all figures of an evaluation's end; as CSV, its confusion matrix."""
    evaluation = evaluations.find(session, caller, evaluation_id, with_details=True)
    result = evaluations.need_result(evaluation)
    body = whole_result_body(result, evaluation.details or {}, evaluation.models or [])
    if wants_csv(request):
        names = [one.name for one in body.classes]
        rows = ([name, *row] for name, row in zip(names, body.confusion, strict=True))
        return matrix_response(["class", *names], rows, {})
    return Response(
        body.model_dump_json(), headers={"Vary": "Accept"}, media_type="application/json"
    )


@router.get(
    "/model",
    response_class=Response,
    responses=problems(NotFound, NoResultYet, NoResult, ModelDamaged, ArtifactsUnavailable)
    | {200: _A_FILE},
)
def get_evaluation_model(
    caller: CallerDep,
    resources: ResourcesDep,
    evaluation_id: EvaluationIdDep,
    format: Annotated[  # noqa: A002  the parameter's name in the URL
        ModelFormat,
        Query(
            description="`torch`: a state dict, as `torch.save` writes it; `python`: a program "
            "that builds the network, loads its `safetensors` and classifies images"
        ),
    ] = "safetensors",
    which: Annotated[
        Which,
        Query(description="The weights of the last epoch, or of the best on held-out images"),
    ] = "last",
) -> Response:
    """Take the trained network home. It is kept until its evaluation is deleted."""
    # No session is open while the store is asked: it may be far away.
    with resources.database.read() as session:
        evaluation = evaluations.find(session, caller, evaluation_id)
        file = models.find_model(evaluation, format, which)
    data = models.read_model(resources.artifacts, file)
    return Response(data, media_type=_MEDIA_TYPE, headers=_headers_of(file, evaluation_id))


def _headers_of(file: ModelFile, evaluation_id: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    name = f"{evaluation_id}-{file.which}.{SUFFIXES[file.format]}"
    return {
        "ETag": f'"{file.sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
