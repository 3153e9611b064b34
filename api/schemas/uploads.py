"""Uploads as clients see them."""

from datetime import datetime

from api.http.bodies import BASE, Body, described
from store.tables import UploadRow


class UploadUrls(Body):
    """Related addresses."""

    self: str = described("The upload itself: where its parts go")


class UploadBody(Body):
    """A file that comes in parts."""

    id: str = described("The ID, for what is made of the file")
    owner: str = described("Whose it is")
    bytes: int = described("Size of the whole file")
    offset: int = described("How many bytes have arrived: where the next part begins")
    metadata: dict[str, str] = described("What you said about it in `Upload-Metadata`")
    created_at: datetime = described("When it was begun")
    expires_at: datetime = described("When it is deleted, unless more of it comes")
    urls: UploadUrls = described("Related addresses")


def upload_url(upload_id: str) -> str:
    """Return where an upload lies."""
    return f"{BASE}/uploads/{upload_id}"


def upload_body(row: UploadRow, offset: int, metadata: dict[str, str]) -> UploadBody:
    """Return what clients are shown of an upload."""
    own = UploadBody.model_fields.keys() - {"offset", "metadata", "urls"}
    return UploadBody(
        offset=offset,
        metadata=metadata,
        urls=UploadUrls(self=upload_url(row.id)),
        **{name: getattr(row, name) for name in own},
    )
