"""Receives a part of an upload: what has come of it stays, also when the rest never comes."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Annotated, Protocol

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.endpoint.dependencies import CallerDep, ResourcesDep, UploadIdDep
from api.endpoint.tus import Checksum, ChecksumDep, OffsetHeader, TusRequest
from api.http.bounded_protocol import SLOW_BODY
from api.http.errors import (
    ArtifactsUnavailable,
    BodyTooLarge,
    ChecksumWrong,
    ClientLeft,
    NotFound,
    UploadLocked,
    UploadOffsetWrong,
)
from api.resources.resources import Resources
from api.resources.security import Caller
from api.services import uploads
from store.tables import UploadRow
from store.uploads import UploadBusy, UploadFile, upload_path

_PIECE = 2**20
"""Bytes in memory before they go to the disk."""
_BUSY_SECONDS = 1


@dataclass(frozen=True, kw_only=True)
class ReceivedPart:
    """How far an upload has come with a part."""

    offset: int
    expires_at: datetime


class _Sink(Protocol):
    def add(self, data: bytes | bytearray) -> None: ...

    def leave(self, data: bytes | bytearray) -> None:
        """Take the last of what has come: the rest will not."""

    def complete(self) -> None: ...


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
            upload = await run_in_threadpool(_prolong, resources, caller, upload_id)
        with await run_in_threadpool(_open, resources, upload_id) as file:
            if upload_offset != file.size:
                raise UploadOffsetWrong(f"{file.size} bytes have come, not {upload_offset}")
            room = upload.bytes - upload_offset
            if announced > room:
                raise _too_much(upload.bytes)
            with _told_if_full(), _sink(file, checksum) as sink:
                await _receive(request, sink, room)
                await run_in_threadpool(sink.complete)
                await run_in_threadpool(file.sync)
            if file.is_deleted:
                raise NotFound.named("upload", upload_id)
            return ReceivedPart(offset=file.size, expires_at=upload.expires_at)


ReceivedPartDep = Annotated[ReceivedPart, Depends(get_received_part)]


async def _receive(request: TusRequest, sink: _Sink, room: int) -> None:
    """Pass on what comes, a piece at a time."""
    if SLOW_BODY in request.scope.get("extensions", {}):
        request.scope["extensions"][SLOW_BODY]["take"]()
    waiting = bytearray()
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > room:
                raise _too_much(room)
            waiting += chunk
            if len(waiting) >= _PIECE:
                await run_in_threadpool(sink.add, waiting)
                waiting = bytearray()
        await run_in_threadpool(sink.add, waiting)
    except ClientDisconnect as error:
        await run_in_threadpool(sink.leave, waiting)
        raise ClientLeft("the connection ended before the part did") from error


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
        while piece := self._spool.read(_PIECE):
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
        raise ArtifactsUnavailable("the part cannot be kept: the disk is full?") from error


def _prolong(resources: Resources, caller: Caller, upload_id: str) -> UploadRow:
    with resources.database.write() as session:
        return uploads.prolong(session, caller, upload_id, resources.settings)


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
    return BodyTooLarge(f"the file was said to have {most} bytes, and this would be more")
