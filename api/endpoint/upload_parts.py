"""Receives a part of an upload: what has come of it stays, also when the rest never comes."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Annotated, Protocol

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.endpoint.dependencies import CallerDep, ResourcesDep, UploadIdDep
from api.endpoint.receiving import PIECE, Sink, receive
from api.endpoint.tus import Checksum, ChecksumDep, OffsetHeader, TusRequest
from api.http.errors import (
    ArtifactsUnavailable,
    BodyTooLarge,
    ChecksumWrong,
    NotFound,
    UploadLocked,
    UploadOffsetWrong,
)
from api.resources.resources import Resources
from api.resources.security import Caller
from api.services import uploads
from store.tables import UploadRow
from store.uploads import UploadBusy, UploadFile, upload_path

_BUSY_SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class ReceivedPart:
    """How far an upload has come with a part."""

    offset: int
    expires_at: datetime


class _Sink(Sink, Protocol):
    def complete(self) -> None:
        """Take it that all has come."""


async def get_received_part(
    request: Request,
    caller: CallerDep,
    resources: ResourcesDep,
    upload_id: UploadIdDep,
    upload_offset: OffsetHeader,
    checksum: ChecksumDep,
) -> ReceivedPart:
    """Add a request's body to an upload.

    Raises:
        UnsupportedMediaType: it is declared as something else.
        QuotaExceeded: the owner sends too many files at a time.
        NotFound: there is no such upload, or it was deleted meanwhile.
        UploadLocked, UploadOffsetWrong: another part is being received, or came before.
        BodyTooLarge: the file would be larger than it was said to be.
        ChecksumWrong: it is not what it was said to be.
        ArtifactsUnavailable: the disk is full.
        ClientLeft: the rest never came.
    """
    assert isinstance(request, TusRequest), "the route must be a TusRoute"  # noqa: S101
    announced = request.check_part() or 0
    with resources.uploads.one_more(caller.owner):
        async with resources.writers.of(caller.owner):
            upload, opened = await run_in_threadpool(_take_up, resources, caller, upload_id)
        with opened as file:
            if upload_offset != file.size:
                raise UploadOffsetWrong(
                    f"the upload continues at byte {file.size}, but this part begins at byte "
                    f"{upload_offset}; send HEAD to find out where to continue"
                )
            room = upload.bytes - upload_offset
            if announced > room:
                raise _too_much(upload.bytes)
            with _told_if_full(), _sink(file, checksum) as sink:
                await receive(request, sink, room, lambda: _too_much(upload.bytes))
                await run_in_threadpool(sink.complete)
                await run_in_threadpool(file.sync)
            if file.is_deleted:
                raise NotFound.named("upload", upload_id)
            return ReceivedPart(offset=file.size, expires_at=upload.expires_at)


ReceivedPartDep = Annotated[ReceivedPart, Depends(get_received_part)]


class _Plain:
    """Keeps whatever comes."""

    def __init__(self, file: UploadFile) -> None:
        self.add = self.leave = file.append

    def complete(self) -> None:
        pass


class _Checked:
    """Keeps all of it, once it is known to be what it should be."""

    def __init__(self, file: UploadFile, spool: IO[bytes], checksum: Checksum) -> None:
        self._file = file
        self._spool = spool
        self._checksum = checksum
        self._digest = hashlib.new(checksum.algorithm, usedforsecurity=False)

    def add(self, data: bytes | bytearray) -> None:
        self._digest.update(data)
        self._spool.write(data)

    def leave(self, data: bytes | bytearray) -> None:
        pass

    def complete(self) -> None:
        if not self._checksum.matches(self._digest):
            raise ChecksumWrong("the part is not what its checksum says; send it again")
        self._spool.seek(0)
        while piece := self._spool.read(PIECE):
            self._file.append(piece)


@contextmanager
def _sink(file: UploadFile, checksum: Checksum | None) -> Iterator[_Sink]:
    if checksum is None:
        yield _Plain(file)
        return
    with tempfile.TemporaryFile(dir=file.folder) as spool:
        yield _Checked(file, spool, checksum)


@contextmanager
def _told_if_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArtifactsUnavailable("the part cannot be stored; perhaps the disk is full") from error


def _take_up(resources: Resources, caller: Caller, upload_id: str) -> tuple[UploadRow, UploadFile]:
    """Put off the end of an upload, and open its file.

    The file is opened before the commit: who deletes the upload deletes it later, and this file
    with it, even if it has been made here.
    """
    with ExitStack() as until_committed:
        with resources.database.write() as session:
            row = uploads.prolong(session, caller, upload_id, resources.settings)
            file = until_committed.enter_context(_open(resources, upload_id))
        until_committed.pop_all()
        return row, file


def _open(resources: Resources, upload_id: str) -> UploadFile:
    with _told_if_full():
        try:
            return UploadFile(upload_path(resources.settings, upload_id))
        except UploadBusy as error:
            raise UploadLocked(
                "another part of it is being received",
                headers={"Retry-After": str(_BUSY_SECONDS)},
            ) from error


def _too_much(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"the file was announced as {most} bytes, and this part would exceed that")
