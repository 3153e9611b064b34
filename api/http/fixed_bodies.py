"""Bodies that are the same for everyone: compressed once, not for each request."""

import gzip
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request, Response

_COMPRESSION = 9


@dataclass(frozen=True, kw_only=True)
class FixedBody:
    """A body and what it is."""

    content: bytes
    media_type: str

    @cached_property
    def compressed(self) -> bytes:
        """The body as gzip has it."""
        return gzip.compress(self.content, _COMPRESSION)

    def response_to(self, request: Request) -> Response:
        """Return an answer with the body, compressed for those who take that."""
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.content, media_type=self.media_type)
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(self.compressed, media_type=self.media_type, headers=headers)
