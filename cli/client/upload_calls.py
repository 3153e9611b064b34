"""Calls about uploads: large files that come in parts."""

import base64
import hashlib
from collections.abc import Mapping

import httpx

from cli.client.binding import asks, lists
from cli.client.call import Call, as_model, as_page, delete, get, post
from cli.client.model import Page
from cli.client.models import Upload

_PART = "application/offset+octet-stream"
_TUS = {"Tus-Resumable": "1.0.0"}
_PART_SECONDS = 120.0
"""How much longer than others the answer to a part may take: it is on the disk by then."""


class UploadCalls:
    """Calls about uploads."""

    @asks
    def create_upload(
        self,
        size: int,
        *,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Call[Upload]:
        """Begin to send a file in parts.

        Args:
            size: bytes of the whole file.
            metadata: what you like, such as its name.
            idempotency_key: your own key for this request.
        """
        said = {"Upload-Length": str(size), "Upload-Metadata": _encoded(metadata or {})}
        call = post("/uploads", as_model(Upload), idempotency_key=idempotency_key)
        return call.with_headers(_TUS | said)

    @asks
    def append_to_upload(self, upload_id: str, offset: int, part: bytes) -> Call[int]:
        """Send a part, and return how many bytes have come with it.

        It is sent once. If that fails, `get_upload` tells how far the upload has come.

        Args:
            upload_id: the upload's id.
            offset: how many bytes come before the part.
            part: what comes next. What is damaged on its way is refused.
        """
        digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
        said = {
            "Content-Type": _PART,
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {digest}",
        }
        return Call(
            method="PATCH",
            path=f"/uploads/{upload_id}",
            read=_offset_of,
            content=part,
            headers=_TUS | said,
            wait_seconds=_PART_SECONDS,
            is_repeatable=False,
        )

    @lists
    def list_uploads(self, *, page_size: int | None = None) -> Call[Page[Upload]]:
        """List the files that you are sending, the newest first.

        Args:
            page_size: how many to ask for at a time.
        """
        return get("/uploads", as_page(Upload), limit=page_size)

    @asks
    def get_upload(self, upload_id: str) -> Call[Upload]:
        """Read how far an upload has come."""
        return get(f"/uploads/{upload_id}", as_model(Upload))

    @asks
    def delete_upload(self, upload_id: str) -> Call[None]:
        """Delete an upload, and what has come of it."""
        return delete(f"/uploads/{upload_id}")


def _encoded(metadata: Mapping[str, str]) -> str:
    pairs = ((name, base64.b64encode(value.encode()).decode()) for name, value in metadata.items())
    return ",".join(f"{name} {value}" for name, value in pairs)


def _offset_of(response: httpx.Response) -> int:
    return int(response.headers["Upload-Offset"])
