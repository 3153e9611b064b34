"""Deletes uploads that nobody went on with, and files of uploads that are no more.

Who is still writing to such a file learns at its end that it is no more.
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import delete, select

from store.database import Database
from store.ids import IdKind, is_id
from store.settings import Settings
from store.tables import UploadRow
from store.types import db_now
from store.uploads import upload_path, uploads_folder

STRAY_SECONDS = 3600.0
"""How long a file without a row is left alone: its first part may have come as it was deleted."""
_AT_ONCE = 100


def sweep_uploads(database: Database, settings: Settings) -> int:
    """Delete what has expired, and return how many uploads that were. Any process may, at any time.

    Raises:
        OSError: the folder cannot be read.
        SQLAlchemyError: the database does not answer.
    """
    swept = 0
    while expired := _delete_expired(database):
        swept += len(expired)
        for upload_id in expired:
            upload_path(settings, upload_id).unlink(missing_ok=True)
    for path in _strays(database, uploads_folder(settings)):
        path.unlink(missing_ok=True)
    return swept


def _delete_expired(database: Database) -> Sequence[str]:
    expired = UploadRow.expires_at < db_now()
    with database.write() as session:
        ids = session.scalars(select(UploadRow.id).where(expired).limit(_AT_ONCE)).all()
        # One of them may have been gone on with since.
        chosen = delete(UploadRow).where(UploadRow.id.in_(ids), expired)
        return session.scalars(chosen.returning(UploadRow.id)).all() if ids else ()


def _strays(database: Database, folder: Path) -> Sequence[Path]:
    """Return the files that have lain here for long, and that no row knows."""
    before = time.time() - STRAY_SECONDS
    found = {}
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                if is_id(path.name, IdKind.UPLOAD) and path.stat().st_mtime < before:
                    found[path.name] = path
    with database.read() as session:
        for name in tuple(found):
            if session.get(UploadRow, name) is not None:
                del found[name]
    return list(found.values())
