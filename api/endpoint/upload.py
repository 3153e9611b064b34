"""Bodies that are files: received a piece at a time, and kept on the disk while they are needed."""

import hashlib
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import BinaryIO

from fastapi.concurrency import run_in_threadpool
from starlette.types import Receive, Scope

from api.endpoint.access import owner_of
from api.endpoint.json_body import LONGEST_SHOWN_NAME, BoundedRequest, too_large
from api.endpoint.receiving import receive
from api.endpoint.route import ApiRoute
from api.http.errors import ArtifactsUnavailable, EmptyBody, UnsupportedMediaType
from api.resources.resources import Resources
from store.private_files import make_private_folder
from store.settings import Settings

OCTETS = "application/octet-stream"
_TAKEN = frozenset(
    {"", OCTETS, "application/zip", "application/x-www-form-urlencoded"}
    | {"application/x-tar", "application/gzip", "application/x-gzip", "application/x-xz"}
    | {"application/x-bzip2", "application/x-compressed-tar", "application/x-zip-compressed"}
)
"""What a file may be declared as. The last is what curl says of every `--data-binary`."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that came as a body. It has no name, and is gone once nobody has it open."""

    file: BinaryIO
    bytes: int
    sha256: str


class UploadRequest(BoundedRequest):
    """A request whose body is a file; with `upload`, it is received as one."""

    def __init__(self, scope: Scope, receive: Receive, until_answered: AsyncExitStack) -> None:
        super().__init__(scope, receive, until_answered)
        self._upload: Upload | None = None

    async def upload(self) -> Upload:
        """Return the body, received to its end.

        Raises:
            UnsupportedMediaType: it is declared as something else, such as a form.
            BodyTooLarge, EmptyBody: there is too much, or nothing.
            QuotaExceeded: the owner sends too many at a time.
            ArtifactsUnavailable: the disk is full.
            ClientLeft: the rest never came.
        """
        if self._upload is None:
            self._check_encoding()
            self._check_type()
            resources: Resources = self.state.resources
            most = self.most_bytes(resources.settings)
            if (self._announced_bytes or 0) > most:
                raise too_large(most)
            # Until the answer: as long as the file takes room.
            self._until_answered.enter_context(resources.uploads.one_more(owner_of(self)))
            file = await run_in_threadpool(nameless_file, resources)
            self._until_answered.callback(file.close)
            self._upload = await self._receive_into(file, most)
        return self._upload

    def most_bytes(self, settings: Settings) -> int:
        """Return the size of the largest file that is taken."""
        return settings.weights_bytes

    async def content(self) -> bytes:
        """Return the digest of the body."""
        return bytes.fromhex((await self.upload()).sha256)

    async def _receive_into(self, file: BinaryIO, most: int) -> Upload:
        sink = _Digested(file)
        try:
            size = await receive(self, sink, most, lambda: too_large(most))
            await run_in_threadpool(file.seek, 0)
        except OSError as error:
            detail = "the file cannot be stored; perhaps the disk is full"
            raise ArtifactsUnavailable(detail) from error
        if not size:
            raise EmptyBody("the body is empty; send the file itself, as with curl -T")
        return Upload(file=file, bytes=size, sha256=sink.sha256)

    def _check_type(self) -> None:
        media_type = self._media_type
        if media_type not in _TAKEN:
            raise UnsupportedMediaType(
                f"the body must be the file itself, as {OCTETS}, but Content-Type is "
                f"{media_type[:LONGEST_SHOWN_NAME]}"
            )


class _Digested:
    """Keeps what comes in a file, and digests it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def add(self, data: bytes | bytearray) -> None:
        self._digest.update(data)
        self._file.write(data)

    def leave(self, data: bytes | bytearray) -> None:
        """Keep nothing: the file is gone with the request."""


class UploadRoute(ApiRoute):
    """A route whose body, where there is one, is a file."""

    request_without_json = UploadRequest


def nameless_file(resources: Resources) -> BinaryIO:
    """Open a file that is gone once nobody has it open. Raises ArtifactsUnavailable."""
    # In the home: the folder for temporary files may be in memory.
    home = resources.settings.home
    try:
        make_private_folder(home)
        return tempfile.TemporaryFile(dir=home)
    except OSError as error:
        raise ArtifactsUnavailable(f"no file can be kept in {home}") from error
