"""Data sets: those that all owners share, and those that owners send."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dataset_shelf import DatasetCursorDep
from api.endpoint.dependencies import CallerDep, ResourcesDep, SessionDep
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.route import ApiRoute
from api.endpoint.sent_images import (
    DatasetUploadRoute,
    KeptImages,
    NameDep,
    SentImagesDep,
    UploadedImagesDep,
)
from api.endpoint.sessions import ring_after_commit
from api.http.answers import json_answer, sends
from api.http.bodies import BASE, Page
from api.http.errors import (
    ArchiveRefused,
    ArtifactsUnavailable,
    ClientLeft,
    DatasetInUse,
    DatasetShared,
    DatasetsUnavailable,
    EmptyBody,
    InvalidRequest,
    MalformedJson,
    NoSamples,
    NotFound,
    QuotaExceeded,
    TooManyImages,
    UnsupportedMediaType,
)
from api.resources.resources import Resources
from api.schemas.datasets import (
    ARCHIVE_BODY,
    DatasetBody,
    DatasetDetails,
    DatasetRequest,
    dataset_body,
    dataset_details,
)
from api.services import dataset_list, dataset_samples, datasets
from api.services.dataset_list import ListPlace
from store import uploads
from store.catalogue import count_test_images
from store.datasets import FoundDataset
from store.uploads import UploadMissing

router = APIRouter(prefix="/datasets", tags=["datasets"], route_class=ApiRoute)
sending = APIRouter(prefix="/datasets", tags=["datasets"], route_class=DatasetUploadRoute)
"""What takes the file itself."""

_PNG = "image/png"
_REFUSALS = (
    UnsupportedMediaType,
    ArchiveRefused,
    DatasetInUse,
    DatasetShared,
    TooManyImages,
    QuotaExceeded,
    ArtifactsUnavailable,
    DatasetsUnavailable,
)
"""Of what is sent, however it comes."""


@router.get("", responses=problems(DatasetsUnavailable))
def list_datasets(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    after: DatasetCursorDep,
    limit: Annotated[int, Query(description="Data sets on a page", ge=1, le=1000)] = 1000,
) -> Page[DatasetBody]:
    """List the built-in data sets, the folders of images in the data folder, and your own."""
    data_dir = resources.settings.data_dir
    found = dataset_list.list_datasets(session, caller, data_dir, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[dataset_body(one) for one in page],
        next_cursor=str(ListPlace.of(page[-1])) if len(found) > limit else None,
    )


@router.get("/{name}", responses=problems(NotFound, DatasetsUnavailable))
def get_dataset(
    caller: CallerDep, session: SessionDep, resources: ResourcesDep, name: NameDep
) -> DatasetDetails:
    """Read what is known about a data set, and what its check found."""
    return _details(
        datasets.find_dataset(session, caller, resources.settings.data_dir, name), resources
    )


@router.post(
    "",
    status_code=202,
    response_model=DatasetDetails,
    responses=problems(*_REFUSALS, MalformedJson, *IDEMPOTENCY_ERRORS) | {202: sends("Location")},
)
@idempotent()
def create_dataset(
    *,
    body: DatasetRequest,
    caller: CallerDep,
    sent: UploadedImagesDep,
    session: SessionDep,
    resources: ResourcesDep,
) -> Response:
    """Make a data set of an archive that you have sent in parts (`POST /uploads`).

    What is said of `PUT /datasets/{name}` holds for it as well.
    """
    try:
        uploads.remove(session, caller.owner, body.upload, resources.settings)
    except UploadMissing as error:
        raise InvalidRequest.at(["upload"], str(error)) from error
    assert sent is not None, "what was missing is there"  # noqa: S101
    return _keep(sent, session, resources)


@sending.put(
    "/{name}",
    status_code=202,
    response_model=DatasetDetails,
    responses=problems(EmptyBody, ClientLeft, *_REFUSALS) | {202: sends("Location")},
    openapi_extra={"requestBody": ARCHIVE_BODY},
)
def put_dataset(
    _: CallerDep, sent: SentImagesDep, session: SessionDep, resources: ResourcesDep
) -> Response:
    """Send the images of a data set, as one zip or tar file; their check is queued.

    In the archive, each class is a folder: `train/<class>/…` with the training images, and if
    there are any `test/<class>/…` with the test images. Images that you sent before under the same
    name are replaced, unless a job that has not ended uses them. The same images are kept once.
    """
    return _keep(sent, session, resources)


@router.post(
    "/{name}/check",
    status_code=202,
    responses=problems(
        NotFound, DatasetShared, DatasetsUnavailable, QuotaExceeded, *IDEMPOTENCY_ERRORS
    ),
)
@idempotent()
def check_dataset(
    caller: CallerDep, session: SessionDep, resources: ResourcesDep, name: NameDep
) -> DatasetDetails:
    """Look through a data set's images again, unless that is being done.

    The images that you send are checked without this, and so is a folder when a job first uses it.
    """
    settings = resources.settings
    found = datasets.check_again(session, caller, settings.data_dir, name, settings)
    if found.check is not None:
        ring_after_commit(session, resources, found.check.id)
    return _details(found, resources)


@router.get(
    "/{name}/samples",
    response_class=Response,
    responses=problems(NotFound, NoSamples, ArtifactsUnavailable, DatasetsUnavailable)
    | {
        200: {
            "description": "The picture",
            "content": {
                _PNG: {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "the bytes of the picture",
                }
            },
        }
    },
)
async def get_samples(
    caller: CallerDep,
    resources: ResourcesDep,
    name: NameDep,
    label: Annotated[
        str | None, Query(alias="class", description="Only this class; null, the default: all")
    ] = None,
) -> Response:
    """Look at some images of each class, as a network will see them.

    It is one picture, with a row for each class.
    """

    def draw() -> bytes:
        with resources.database.read() as session:
            found = datasets.find_dataset(session, caller, resources.settings.data_dir, name)
        return dataset_samples.draw(resources.artifacts, found, label)

    async with resources.readers.of(caller.owner):
        return Response(await run_in_threadpool(draw), media_type=_PNG)


@router.delete(
    "/{name}",
    status_code=204,
    response_class=Response,
    responses=problems(NotFound, DatasetInUse, DatasetShared, DatasetsUnavailable),
)
def delete_dataset(
    caller: CallerDep,
    session: SessionDep,
    resources: ResourcesDep,
    name: NameDep,
    background: BackgroundTasks,
) -> None:
    """Delete a data set that you sent, unless a job that has not ended uses it."""
    gone = datasets.remove(session, caller, resources.settings.data_dir, name)
    for folder in gone:
        background.add_task(resources.artifacts.delete_folder, folder)


def _keep(sent: KeptImages, session: Session, resources: Resources) -> Response:
    found = sent.keep(session)
    if found.check is not None and found.is_being_checked:
        ring_after_commit(session, resources, found.check.id)
    body = _details(found, resources)
    return json_answer(body, status_code=202, location=f"{BASE}/datasets/{found.info.name}")


def _details(found: FoundDataset, resources: Resources) -> DatasetDetails:
    return dataset_details(found, count_test_images(resources.settings.data_dir, found.info))
