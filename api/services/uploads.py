"""Files that owners send in parts. Every query is bounded by the caller."""

import shutil
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.http.errors import ArtifactsUnavailable, BodyTooLarge, NotFound, TooManyUploads
from api.resources.security import Caller
from store import uploads
from store.ids import IdKind, new_id
from store.locks import lock_owner
from store.private_files import make_private_folder
from store.settings import Settings
from store.tables import UploadRow
from store.types import db_now
from store.uploads import UploadMissing

MOST = 100
"""Of one owner, at a time."""


def create(
    session: Session, caller: Caller, size: int, metadata: str, settings: Settings
) -> UploadRow:
    """Write down that a file will come.

    Raises:
        BodyTooLarge: it is larger than any may be.
        TooManyUploads: the caller has no room for it.
        ArtifactsUnavailable: the disk has none.
    """
    if size > settings.upload_bytes:
        raise BodyTooLarge(f"the file must not be larger than {settings.upload_bytes} bytes")
    lock_owner(session, caller.owner)
    _check_room(session, caller, size, settings.upload_bytes_per_owner)
    _check_disk(size, settings)
    row = UploadRow(
        id=new_id(IdKind.UPLOAD),
        owner=caller.owner,
        bytes=size,
        sent_metadata=metadata,
        expires_at=db_now(settings.uploads_kept_seconds),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def list_uploads(
    session: Session, caller: Caller, *, after: str | None, limit: int
) -> Sequence[UploadRow]:
    """Return the caller's, the newest first, from after the one with this id."""
    mine = select(UploadRow).where(UploadRow.owner == caller.owner, UploadRow.expires_at > db_now())
    if after is not None:
        mine = mine.where(UploadRow.id < after)
    return session.scalars(mine.order_by(UploadRow.id.desc()).limit(limit)).all()


def find(session: Session, caller: Caller, upload_id: str) -> UploadRow:
    """Return one of the caller's. Raises NotFound."""
    try:
        return uploads.find_upload(session, caller.owner, upload_id)
    except UploadMissing as error:
        raise NotFound(str(error)) from error


def prolong(session: Session, caller: Caller, upload_id: str, settings: Settings) -> UploadRow:
    """Put off the end of one of the caller's, since more of it comes. Raises NotFound."""
    try:
        return uploads.prolong(session, caller.owner, upload_id, settings.uploads_kept_seconds)
    except UploadMissing as error:
        raise NotFound(str(error)) from error


def remove(session: Session, caller: Caller, upload_id: str, settings: Settings) -> None:
    """Delete one of the caller's. Raises NotFound."""
    try:
        uploads.remove(session, caller.owner, upload_id, settings)
    except UploadMissing as error:
        raise NotFound(str(error)) from error


def _check_disk(size: int, settings: Settings) -> None:
    try:
        make_private_folder(settings.home)
        free = shutil.disk_usage(settings.home).free
    except OSError as error:
        raise ArtifactsUnavailable(f"no file can be kept in {settings.home}") from error
    if size > free:
        raise ArtifactsUnavailable(f"the disk of the service has room for only {free:,} bytes")


def _check_room(session: Session, caller: Caller, more: int, most_bytes: int) -> None:
    of_caller = select(func.count(), func.coalesce(func.sum(UploadRow.bytes), 0)).where(
        UploadRow.owner == caller.owner
    )
    count, taken = session.execute(of_caller).one()
    if count >= MOST:
        raise TooManyUploads(f"{count} files of yours are being sent; finish or delete some first")
    if most_bytes and taken + more > most_bytes:
        raise TooManyUploads(
            f"the files that you are sending will take {int(taken):,} bytes of at most "
            f"{most_bytes:,}, and this one {more:,} more; finish or delete some first"
        )
