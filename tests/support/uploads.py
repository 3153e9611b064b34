"""Uploads as the service has them."""

from sqlalchemy.orm import Session

from store.ids import IdKind, new_id
from store.settings import Settings
from store.tables import UploadRow
from store.types import db_now
from store.uploads import UploadFile, upload_path


def insert_upload(
    session: Session, *, owner: str = "local", size: int = 10, seconds_left: float = 600.0
) -> str:
    """Return the id of an upload of which nothing has come."""
    upload_id = new_id(IdKind.UPLOAD)
    expires_at = db_now(seconds_left)
    row = UploadRow(id=upload_id, owner=owner, bytes=size, sent_metadata="", expires_at=expires_at)
    session.add(row)
    session.flush()
    return upload_id


def receive(settings: Settings, upload_id: str, data: bytes) -> None:
    """Have so much more of it come."""
    with UploadFile(upload_path(settings, upload_id)) as file:
        file.append(data)
