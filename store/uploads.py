"""Files that owners send in parts: a row says how large one is to be, a file holds what has come.

How far an upload has come is the size of its file and stands nowhere else, so that no end of a
process can make the two differ. Whoever writes to the file holds its lock, and adds to its end.
"""

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from sqlalchemy import ColumnElement, delete, event, select, update
from sqlalchemy.orm import Session

from store.private_files import make_private_folder
from store.settings import Settings
from store.tables import UploadRow
from store.types import db_now

_FILE = 0o600


class UploadMissing(Exception):
    """The owner has no upload with this id, or it has expired."""


class UploadUnfinished(Exception):
    """Not all of it has come."""


class UploadBusy(Exception):
    """Somebody else is writing to it."""


class UploadFile:
    """What has come of an upload, locked while it is open. Made when the first part comes.

    Raises:
        UploadBusy: somebody else has it open.
        OSError: it cannot be opened or written to; what has been written stays.
    """

    def __init__(self, path: Path) -> None:
        make_private_folder(path.parent)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, _FILE)
        self.folder = path.parent
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise UploadBusy from error
        self._was_empty = not self.size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return os.fstat(self._descriptor).st_size

    @property
    def is_deleted(self) -> bool:
        """Whether the upload was deleted meanwhile."""
        return not os.fstat(self._descriptor).st_nlink

    def append(self, data: bytes | bytearray) -> None:
        """Add to its end."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Have all of it on the disk, where it outlasts a loss of power."""
        os.fsync(self._descriptor)
        if self._was_empty:
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def close(self) -> None:
        """Close it, and let others write to it."""
        os.close(self._descriptor)


def uploads_folder(settings: Settings) -> Path:
    """Return where the files are."""
    return settings.home / "uploads"


def upload_path(settings: Settings, upload_id: str) -> Path:
    """Return where the file of an upload is, or will be once a part comes."""
    return uploads_folder(settings) / upload_id


def received_bytes(settings: Settings, upload_id: str) -> int:
    """Return how many bytes of an upload have come. Raises OSError."""
    try:
        return upload_path(settings, upload_id).stat().st_size
    except FileNotFoundError:
        return 0


def find_upload(session: Session, owner: str, upload_id: str) -> UploadRow:
    """Return one of the owner's. Raises UploadMissing."""
    row: UploadRow | None = session.scalar(select(UploadRow).where(*_is(owner, upload_id)))
    if row is None:
        raise _missing(upload_id)
    return row


def prolong(session: Session, owner: str, upload_id: str, kept_seconds: float) -> UploadRow:
    """Put off the end of one of the owner's, since more of it comes. Raises UploadMissing."""
    later = {"expires_at": db_now(kept_seconds)}
    prolonged = update(UploadRow).where(*_is(owner, upload_id)).values(later).returning(UploadRow)
    row: UploadRow | None = session.scalar(prolonged)
    if row is None:
        raise _missing(upload_id)
    return row


def open_finished(session: Session, owner: str, upload_id: str, settings: Settings) -> BinaryIO:
    """Open all of a file that came in parts; it can be read to its end even if it is removed.

    Raises:
        UploadMissing: the owner has none with this id.
        UploadUnfinished: not all of it has come.
        OSError: it cannot be read.
    """
    row = find_upload(session, owner, upload_id)
    have = received_bytes(settings, upload_id)
    if have < row.bytes:
        raise UploadUnfinished(
            f"only {have:,} of {row.bytes:,} bytes of {upload_id} have arrived; send the rest first"
        )
    if not row.bytes:
        return Path(os.devnull).open("rb")
    return upload_path(settings, upload_id).open("rb")


def remove(session: Session, owner: str, upload_id: str, settings: Settings) -> None:
    """Delete one: its row now, and its file once the transaction has been committed.

    Raises:
        UploadMissing: the owner has none with this id.
    """
    removed = delete(UploadRow).where(*_is(owner, upload_id)).returning(UploadRow.id)
    if session.scalar(removed) is None:
        raise _missing(upload_id)
    event.listen(session, "after_commit", _deleting(settings, upload_id), once=True)


def _is(owner: str, upload_id: str) -> tuple[ColumnElement[bool], ...]:
    return UploadRow.owner == owner, UploadRow.id == upload_id, UploadRow.expires_at > db_now()


def _missing(upload_id: str) -> UploadMissing:
    return UploadMissing(f"there is no upload {upload_id}")


def _deleting(settings: Settings, upload_id: str) -> Callable[[Session], None]:
    def delete_file(_: Session) -> None:
        # What cannot be deleted now is swept later.
        with suppress(OSError):
            upload_path(settings, upload_id).unlink(missing_ok=True)

    return delete_file
