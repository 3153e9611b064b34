"""Receives a data set's archive, packs it and stores it, all before a transaction begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO

from fastapi import BackgroundTasks, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.endpoint.dependencies import CallerDep, ResourcesDep
from api.endpoint.sent_file import put_sent, store_sent
from api.endpoint.upload import UploadRequest, UploadRoute, nameless_file
from api.http.errors import ArtifactsUnavailable, InvalidRequest
from api.resources.resources import Resources
from api.resources.security import Caller
from api.schemas.datasets import MOST_TEST_PORTION, DatasetRequest
from api.services import datasets
from api.services.dataset_room import Room, room_of
from api.services.datasets import SentImages
from store import uploads
from store.datasets import FoundDataset
from store.image_folder import ImageSize
from store.packed_dataset import PackedDataset, PackLimits
from store.settings import Settings
from store.uploads import UploadMissing, UploadUnfinished

NameDep = Annotated[str, Path(description="The data set's name", examples=["flowers"])]


class DatasetUploadRequest(UploadRequest):
    """A request whose body is an archive."""

    def most_bytes(self, settings: Settings) -> int:
        """Return the size of the largest archive that is taken."""
        return settings.dataset_bytes


class DatasetUploadRoute(UploadRoute):
    """A route whose body, where there is one, is an archive."""

    request_without_json = DatasetUploadRequest


_REFUSAL = "the images cannot be stored; perhaps the disk is full"


@dataclass(frozen=True, kw_only=True)
class WantedDataset:
    """What an archive is to become."""

    name: str
    test_portion: float
    room: Room


@dataclass(kw_only=True)
class KeptImages:
    """Images among the artifacts; unless a row may name them, nothing stays of them."""

    sent: SentImages
    caller: Caller
    resources: Resources
    background: BackgroundTasks
    is_kept: bool = field(default=False, init=False)
    place_before: str | None = field(default=None, init=False)
    """Where the same images are already, as the same file."""

    def keep(self, session: Session) -> FoundDataset:
        """Write the row that names them. Raises DatasetInUse, TooManyImages."""
        found, gone = datasets.add(session, self.caller, self.sent, self.resources.settings)
        for folder in gone:
            self.background.add_task(self.resources.artifacts.delete_folder, folder)
        if self.sent.folder not in gone:
            # A commit whose reply is lost may have succeeded: from here on, a row may name it.
            event.listen(session, "before_commit", self._may_be_kept, once=True)
        elif found.row is not None and found.row.pack_sha256 == self.sent.pack_sha256:
            self.place_before = found.row.pack_key
        return found

    def _may_be_kept(self, _: Session) -> None:
        self.is_kept = True


async def get_sent_images(
    request: Request,
    background: BackgroundTasks,
    caller: CallerDep,
    resources: ResourcesDep,
    name: NameDep,
    test_portion: Annotated[
        float,
        Query(
            description="Where the archive has no test images: which part of each class's images "
            "is set aside to test with; 0, the default: none",
            ge=0,
            le=MOST_TEST_PORTION,
            examples=[0.2],
        ),
    ] = 0.0,
) -> AsyncIterator[KeptImages]:
    """Yield the images that a request's body is, under the name in its path.

    Raises:
        InvalidRequest, DatasetShared: the caller can send nothing under this name.
        ArchiveRefused: the archive is no data set.
        ArtifactsUnavailable: its images cannot be stored.
        BodyTooLarge, EmptyBody, QuotaExceeded, UnsupportedMediaType: as for each file.
    """
    assert isinstance(request, UploadRequest), "the route must be an UploadRoute"  # noqa: S101
    room = await _room_for(name, caller, resources)
    upload = await request.upload()
    wanted = WantedDataset(name=name, test_portion=test_portion, room=room)
    async with keeping(upload.file, wanted, caller, resources, background) as kept:
        yield kept


async def get_uploaded_images(
    background: BackgroundTasks,
    caller: CallerDep,
    resources: ResourcesDep,
    body: DatasetRequest,
) -> AsyncIterator[KeptImages | None]:
    """Yield the images in a file that came in parts; None where there is no such upload.

    It may have become a data set already: then a request that is sent again has its answer.

    Raises:
        InvalidRequest: not all of the upload has come, or no data set can have this name.
        DatasetShared, ArchiveRefused, ArtifactsUnavailable: as above.
    """
    settings = resources.settings
    room = await _room_for(body.name, caller, resources)

    def open_upload() -> BinaryIO:
        with resources.database.read() as session:
            return uploads.open_finished(session, caller.owner, body.upload, settings)

    try:
        async with resources.readers.of(caller.owner):
            archive = await run_in_threadpool(open_upload)
    except UploadMissing:
        yield None
        return
    except UploadUnfinished as error:
        raise InvalidRequest.at(["upload"], str(error)) from error
    except OSError as error:
        raise ArtifactsUnavailable("the upload cannot be read") from error
    with archive:
        portion = body.test_portion or 0.0
        wanted = WantedDataset(name=body.name, test_portion=portion, room=room)
        async with keeping(archive, wanted, caller, resources, background) as kept:
            yield kept


async def _room_for(name: str, caller: Caller, resources: Resources) -> Room:
    """Return the room that there is for a data set of this name, before any of it is received.

    Raises:
        InvalidRequest, DatasetShared: the caller can send nothing under this name.
        TooManyImages: there is no room at all.
    """

    def look() -> Room:
        datasets.check_name(resources.settings.data_dir, name)
        with resources.database.read() as session:
            return room_of(session, caller, name, resources.settings)

    async with resources.readers.of(caller.owner):
        return await run_in_threadpool(look)


@asynccontextmanager
async def keeping(
    archive: BinaryIO,
    wanted: WantedDataset,
    caller: Caller,
    resources: Resources,
    background: BackgroundTasks,
) -> AsyncIterator[KeptImages]:
    """Yield the images in an archive, as the data set that is wanted. Raises as above."""
    settings = resources.settings
    limits = PackLimits(
        bytes=settings.dataset_bytes,
        files=settings.dataset_files,
        image_bytes=wanted.room.bytes,
        images=wanted.room.images,
    )
    with await run_in_threadpool(nameless_file, resources) as pack:
        packed = await resources.archive_packer.pack(
            caller.owner, archive, pack, limits, test_portion=wanted.test_portion
        )
        sent = await run_in_threadpool(_store, resources, wanted.name, packed, pack)
        kept = KeptImages(sent=sent, caller=caller, resources=resources, background=background)
        try:
            yield kept
            if kept.place_before is not None:
                # It may be damaged or gone: then a job has told its owner to send them again.
                await run_in_threadpool(
                    put_sent, resources.artifacts, kept.place_before, pack, refusal=_REFUSAL
                )
        finally:
            if not kept.is_kept:
                await run_in_threadpool(resources.artifacts.delete_folder, sent.folder)


UploadedImagesDep = Annotated[KeptImages | None, Depends(get_uploaded_images, scope="function")]
SentImagesDep = Annotated[KeptImages, Depends(get_sent_images, scope="function")]


def _store(resources: Resources, name: str, packed: PackedDataset, pack: BinaryIO) -> SentImages:
    sent = SentImages(
        folder=SentImages.new_folder(),
        name=name,
        digest=packed.digest,
        pack_sha256=packed.pack_sha256,
        pack_bytes=packed.pack_bytes,
        bytes=packed.bytes,
        files=packed.files,
        classes=[
            {"name": label, "train": images, "test": packed.test.get(label, 0)}
            for label, images in packed.train.items()
        ],
        image_size=None if packed.image_size is None else ImageSize(*packed.image_size),
        left_out=packed.left_out,
        notes=packed.notes,
    )
    store_sent(resources.artifacts, sent.folder, sent.key, pack, refusal=_REFUSAL)
    return sent
