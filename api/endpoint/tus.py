"""What requests and answers of tus 1.0.0 say in their headers (https://tus.io/protocols)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from api.endpoint.json_body import BoundedRequest
from api.endpoint.route import ApiRoute
from api.http.answer_headers import add_answer_headers
from api.http.errors import (
    ChecksumUnsupported,
    InvalidRequest,
    TusVersionUnsupported,
    UnsupportedMediaType,
)
from api.http.problem import BadField

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,termination,checksum"
ALGORITHMS = ("sha1", "sha256")
PART = "application/offset+octet-stream"
LARGEST_COUNT = 2**63 - 1
_LONGEST_METADATA = 4096
_PAIR = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?")
_LENGTH, _METADATA = "Upload-Length", "Upload-Metadata"


@dataclass(frozen=True, kw_only=True)
class Checksum:
    """What a part must be."""

    algorithm: str
    digest: bytes

    def matches(self, digest: "hashlib._Hash") -> bool:
        """Tell whether it is that."""
        return digest.digest() == self.digest


class TusRequest(BoundedRequest):
    """A request whose headers say what it is about; its body, if any, is a part of a file."""

    async def content(self) -> bytes:
        """Return what tells it from others that create an upload."""
        said = (self.headers.get(name, "") for name in (_LENGTH, _METADATA))
        return "\n".join(said).encode()

    def check_part(self) -> int | None:
        """Return how many bytes the body is said to have; None if that is not said.

        Raises:
            UnsupportedMediaType: it is declared as something else than a part.
        """
        self._check_encoding()
        if self._media_type != PART:
            raise UnsupportedMediaType(f"Content-Type must be {PART}")
        return self._announced_bytes


class TusRoute(ApiRoute):
    """A route of tus: each answer says so."""

    request_without_json = TusRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that does."""
        handle = super().get_route_handler()

        async def handle_tus(request: Request) -> Response:
            add_answer_headers(request, {"Tus-Resumable": VERSION})
            return await handle(request)

        return handle_tus


async def check_version(
    tus_resumable: Annotated[
        str | None,
        Header(
            description="The version of tus that you speak: 1.0.0, also if left out",
            examples=[VERSION],
            json_schema_extra={"enum": [VERSION]},
        ),
    ] = None,
) -> None:
    """Refuse other versions. Raises TusVersionUnsupported."""
    if tus_resumable not in {None, VERSION}:
        raise TusVersionUnsupported(
            f"the service speaks only tus {VERSION}", headers={"Tus-Version": VERSION}
        )


async def get_checksum(
    upload_checksum: Annotated[
        str | None,
        Header(
            description="The part's digest: `sha1` or `sha256`, a space, and the digest in base64. "
            "A part that does not match it is not kept",
            examples=["sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="],
            json_schema_extra={"pattern": r"^(sha1 [A-Za-z0-9+/]{27}=|sha256 [A-Za-z0-9+/]{43}=)$"},
        ),
    ] = None,
) -> Checksum | None:
    """Return what the part must be, if that is said. Raises ChecksumUnsupported."""
    if upload_checksum is None:
        return None
    algorithm, _, encoded = upload_checksum.partition(" ")
    if algorithm not in ALGORITHMS:
        raise ChecksumUnsupported(f"a checksum must be {' or '.join(ALGORITHMS)}")
    digest = _decoded(encoded)
    if digest is None or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise ChecksumUnsupported(f"{algorithm}, a space and the digest in base64 are expected")
    return Checksum(algorithm=algorithm, digest=digest)


async def get_metadata(
    upload_metadata: Annotated[
        str,
        Header(
            description="Pairs of a name and a value in base64, with commas between pairs",
            max_length=_LONGEST_METADATA,
            examples=["filename Zmxvd2Vycy56aXA="],
            json_schema_extra={"pattern": rf"^({_PAIR.pattern}(,{_PAIR.pattern})*)?$"},
        ),
    ] = "",
) -> str:
    """Return the client's own words about a file. Raises InvalidRequest."""
    parse_metadata(upload_metadata)
    return upload_metadata


ChecksumDep = Annotated[Checksum | None, Depends(get_checksum)]
MetadataDep = Annotated[str, Depends(get_metadata)]
LengthHeader = Annotated[
    int,
    Header(
        alias=_LENGTH,
        description="Bytes of the whole file",
        ge=0,
        le=LARGEST_COUNT,
        examples=[3141],
    ),
]
OffsetHeader = Annotated[
    int,
    Header(
        alias="Upload-Offset",
        description="Where the part begins: how many bytes have arrived before it",
        ge=0,
        le=LARGEST_COUNT,
        examples=[0],
    ),
]


def parse_metadata(text: str) -> Mapping[str, str]:
    """Return names and values of what a client says about a file. Raises InvalidRequest."""
    found: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        parts = _PAIR.fullmatch(pair.strip())
        value = None if parts is None else _decoded(parts[2] or "")
        if parts is None or value is None or parts[1] in found:
            detail = "must be pairs of a name and a value in base64, no name twice"
            raise InvalidRequest(detail, errors=[BadField(parameter=_METADATA, detail=detail)])
        found[parts[1]] = value.decode(errors="replace")
    return found


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
