"""Files that come in parts, and go on where they were when a connection ends: tus 1.0.0."""

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.docs.openapi import problems
from api.endpoint.dependencies import (
    CallerDep,
    ResourcesDep,
    SessionDep,
    UploadCursorDep,
    UploadIdDep,
)
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.tus import (
    ALGORITHMS,
    EXTENSIONS,
    PART,
    VERSION,
    LengthHeader,
    MetadataDep,
    TusRoute,
    check_version,
    parse_metadata,
)
from api.endpoint.upload_parts import ReceivedPartDep
from api.http.answer_headers import NEVER
from api.http.answers import json_answer, sends
from api.http.bodies import Page
from api.http.errors import (
    ArtifactsUnavailable,
    BodyTooLarge,
    ChecksumUnsupported,
    ChecksumWrong,
    ClientLeft,
    NotFound,
    QuotaExceeded,
    TooManyUploads,
    TusVersionUnsupported,
    UnsupportedMediaType,
    UploadLocked,
    UploadOffsetWrong,
)
from api.schemas.uploads import UploadBody, upload_body, upload_url
from api.services import uploads
from store.settings import Settings
from store.tables import UploadRow
from store.uploads import received_bytes

router = APIRouter(
    prefix="/uploads",
    tags=["uploads"],
    route_class=TusRoute,
    dependencies=[Depends(check_version)],
    responses=problems(TusVersionUnsupported),
)
_PART_BODY = {
    "required": True,
    "description": "The next bytes of the file",
    "content": {
        PART: {"schema": {"type": "string", "format": "binary"}, "example": "the next bytes"}
    },
}


@router.post(
    "",
    status_code=201,
    response_model=UploadBody,
    responses=problems(TooManyUploads, ArtifactsUnavailable, *IDEMPOTENCY_ERRORS)
    | {201: sends("Upload-Expires")},
)
@idempotent()
def create_upload(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    length: LengthHeader,
    metadata: MetadataDep,
) -> Response:
    """Begin to send a file in parts.

    Send each part to its address with PATCH; HEAD returns where to continue.

    This is tus 1.0.0 with creation, checksum, expiration and termination: any client of tus works.
    """
    row = uploads.create(session, caller, length, metadata, resources.settings)
    answer = json_answer(
        _body(row, resources.settings), status_code=201, location=upload_url(row.id)
    )
    answer.headers["Upload-Expires"] = format_datetime(row.expires_at, usegmt=True)
    return answer


@router.get("", name="list_uploads")
def list_own_uploads(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    after: UploadCursorDep,
    limit: Annotated[int, Query(description="Uploads on a page", ge=1, le=200)] = 50,
) -> Page[UploadBody]:
    """List the files that you are sending, the newest first. New ones do not shift later pages."""
    found = uploads.list_uploads(session, caller, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[_body(row, resources.settings) for row in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


@router.get(
    "/{upload_id}",
    response_model=UploadBody,
    responses=problems(NotFound)
    | {200: sends("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires")},
)
def get_upload(
    caller: CallerDep, session: SessionDep, resources: ResourcesDep, upload_id: UploadIdDep
) -> Response:
    """Read how much of an upload has arrived. HEAD returns the same in headers, as tus requires."""
    row = uploads.find(session, caller, upload_id)
    body = _body(row, resources.settings)
    answer = json_answer(body, cache_control=NEVER)
    answer.headers["Upload-Offset"] = str(body.offset)
    answer.headers["Upload-Length"] = str(body.bytes)
    answer.headers["Upload-Expires"] = format_datetime(row.expires_at, usegmt=True)
    if row.sent_metadata:
        answer.headers["Upload-Metadata"] = row.sent_metadata
    return answer


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=problems(
        ChecksumUnsupported,
        ClientLeft,
        NotFound,
        UploadOffsetWrong,
        BodyTooLarge,
        UnsupportedMediaType,
        UploadLocked,
        QuotaExceeded,
        ChecksumWrong,
        ArtifactsUnavailable,
    )
    | {204: sends("Upload-Offset", "Upload-Expires")},
    openapi_extra={"requestBody": _PART_BODY},
)
async def append_to_upload(part: ReceivedPartDep) -> Response:
    """Send the next part of a file. What has arrived stays, even if the connection ends."""
    told = {
        "Upload-Offset": str(part.offset),
        "Upload-Expires": format_datetime(part.expires_at, usegmt=True),
    }
    return Response(status_code=204, headers=told)


@router.delete(
    "/{upload_id}", status_code=204, response_class=Response, responses=problems(NotFound)
)
def delete_upload(
    caller: CallerDep, session: SessionDep, resources: ResourcesDep, upload_id: UploadIdDep
) -> None:
    """Delete an upload and what has arrived of it."""
    uploads.remove(session, caller, upload_id, resources.settings)


@router.options("", include_in_schema=False)
@router.options("/{upload_id}", include_in_schema=False)
async def tell_tus(resources: ResourcesDep) -> Response:
    """Tell which parts of tus the service has."""
    told = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        "Tus-Max-Size": str(resources.settings.upload_bytes),
    }
    return Response(status_code=204, headers=told)


def _body(row: UploadRow, settings: Settings) -> UploadBody:
    offset = received_bytes(settings, row.id)
    return upload_body(row, offset, dict(parse_metadata(row.sent_metadata)))
