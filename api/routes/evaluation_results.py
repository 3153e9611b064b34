"""What an evaluation has produced so far: epochs, figures, the trained network."""

import base64
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, EvaluationIdDep, ResourcesDep, SessionDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.csv_tables import AS_CSV, CSV, JSON, matrix_response
from api.http.errors import (
    ArtifactsUnavailable,
    InvalidRequest,
    ModelDamaged,
    NoResult,
    NoResultYet,
    NotFound,
)
from api.http.negotiation import choose_media_type
from api.http.paging import NEXT_PAGE, page_response
from api.http.problem import BadField
from api.schemas.evaluation_epochs import EvaluationEpochBody, evaluation_epoch_body
from api.schemas.evaluation_results import WholeResultBody, whole_result_body
from api.services import evaluations, models
from api.services.model_archive import ModelArchive, measure, write_papers
from pdarts_core.config_fields import bounds_of
from pdarts_core.drawing import draw_confusion
from pdarts_core.evaluation_config import EvaluationConfig
from store.model_files import (
    FORMATS_WITH_LAYOUTS,
    ModelFormat,
    ModelLayout,
    OnnxPixels,
    Which,
    model_name,
)

router = APIRouter(
    prefix="/evaluations/{evaluation_id}", tags=["evaluations"], route_class=ApiRoute
)

_MEDIA_TYPE = "application/octet-stream"
_ZIP = "application/zip"
_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "the bytes of the file"}
_A_FILE: dict[str, Any] = {
    "description": "The file; a zip has its own media type",
    "content": {_MEDIA_TYPE: _BYTES, _ZIP: _BYTES},
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
_SVG = "image/svg+xml"
_AS_A_MATRIX: dict[str, Any] = {
    "content": AS_CSV["content"] | {_SVG: {"schema": {"type": "string"}}}
}
_PNG = "image/png"
_A_PICTURE: dict[str, Any] = {
    "description": "The picture",
    "content": {
        _PNG: {
            "schema": {"type": "string", "format": "binary"},
            "example": "the bytes of the picture",
        }
    },
}
_EPOCH_BOUNDS: dict[str, Any] = {**bounds_of(EvaluationConfig, "epochs").as_dict()}


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
    after: Annotated[int, Query(description="Only epochs after this one", **_EPOCH_BOUNDS)] = 0,
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
    responses=problems(NotFound, NoResultYet, NoResult) | {200: _AS_A_MATRIX},
)
def get_evaluation_result(
    request: Request, caller: CallerDep, session: SessionDep, evaluation_id: EvaluationIdDep
) -> Response:
    """Read an evaluation's final figures; as CSV or as a picture (SVG), its confusion matrix.

    `Accept: image/svg+xml` gets the picture.
    """
    evaluation = evaluations.find(session, caller, evaluation_id, with_details=True)
    result = evaluations.need_result(evaluation)
    body = whole_result_body(result, evaluation.details or {}, evaluation.models or [])
    wanted = choose_media_type(request.headers.get("accept", ""), [JSON, CSV, _SVG])
    names = [one.name for one in body.classes]
    if wanted == CSV:
        rows = ([name, *row] for name, row in zip(names, body.confusion, strict=True))
        return matrix_response(["class", *names], rows, {})
    text = body.model_dump_json() if wanted == JSON else draw_confusion(names, body.confusion)
    return Response(text, headers={"Vary": "Accept"}, media_type=wanted)


@router.get(
    "/wrong",
    response_class=Response,
    responses=problems(NotFound, NoResultYet, NoResult, ModelDamaged, ArtifactsUnavailable)
    | {200: _A_PICTURE},
)
def get_evaluation_wrong_images(
    caller: CallerDep, resources: ResourcesDep, evaluation_id: EvaluationIdDep
) -> Response:
    """Look at the network's most confident mistakes: the images, as the network saw them.

    They are those of `wrong` in the result, in its order: six in a row, each 96 pixels wide and
    high.
    """
    # No session is open while the store is asked: it may be far away.
    with resources.database.read() as session:
        evaluation = evaluations.find(session, caller, evaluation_id, with_details=True)
        sha256 = models.find_sheet(evaluation)
    data = models.read_sheet(resources.artifacts, evaluation_id, sha256)
    return Response(data, media_type=_PNG, headers={"ETag": f'"{sha256}"'})


@router.get(
    "/model",
    response_class=Response,
    responses=problems(
        NotFound, NoResultYet, NoResult, ModelDamaged, ArtifactsUnavailable, InvalidRequest
    )
    | {200: _A_FILE},
)
def get_evaluation_model(
    *,
    caller: CallerDep,
    resources: ResourcesDep,
    evaluation_id: EvaluationIdDep,
    format: Annotated[  # noqa: A002  the parameter's name in the URL
        ModelFormat,
        Query(
            description="`safetensors`: the weights; `torch`: the same as a state dict, as "
            "`torch.save` writes it; `onnx`: the network for any ONNX runtime, which takes any "
            "number of images; `python`: a program that builds the network, loads "
            "its `safetensors` and classifies images; `zip`: all of these, with a model card, the "
            "figures and drawings of the cells and of the confusion matrix"
        ),
    ] = "safetensors",
    which: Annotated[
        Which,
        Query(description="The weights of the last epoch, or of the best on held-out images"),
    ] = "last",
    layout: Annotated[
        ModelLayout,
        Query(
            description="Of `safetensors` and `torch`: names as in this project's `Network`, or as "
            "in P-DARTS' published code"
        ),
    ] = "project",
    pixels: Annotated[
        OnnxPixels,
        Query(description="Of `onnx`: whether its images are bytes, or numbers from 0 to 1"),
    ] = "uint8",
) -> Response:
    """Download the trained network. It is kept until its evaluation is deleted."""
    if layout != "project" and format not in FORMATS_WITH_LAYOUTS:
        raise _unfit("layout", f"{format} has one layout; `layout` goes with {_WITH_LAYOUTS}")
    if pixels != "uint8" and format != "onnx":
        raise _unfit("pixels", "`pixels` goes with onnx alone")
    # No session is open while the store is asked: it may be far away.
    with resources.database.read() as session:
        evaluation = evaluations.find(session, caller, evaluation_id, with_details=True)
        model = models.find_model(session, evaluation, which)
        papers = write_papers(session, evaluation, model) if format == "zip" else {}
    name = model_name(evaluation_id, which, format, layout, pixels)
    if format != "zip":
        data = models.make_form(resources.artifacts, model, format, layout, pixels)
        sha256 = hashlib.sha256(data).hexdigest()
        return Response(data, media_type=_MEDIA_TYPE, headers=_headers_of(name, sha256))
    archive = ModelArchive(
        folder=name.removesuffix(".zip"),
        papers=papers,
        model=model,
        artifacts=resources.artifacts,
    )
    measured = measure(archive)
    headers = _headers_of(name, measured.sha256) | {"Content-Length": str(measured.bytes)}
    return StreamingResponse(archive.chunks(), media_type=_ZIP, headers=headers)


def _unfit(parameter: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, errors=[BadField(parameter=parameter, detail=detail)])


_WITH_LAYOUTS = ", ".join(sorted(FORMATS_WITH_LAYOUTS))


def _headers_of(name: str, sha256: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    return {
        "ETag": f'"{sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
