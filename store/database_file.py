"""The file of a SQLite database: opened where it is, never made, and watched."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

_LEAST_ROOM_BYTES = 2**20
_PATIENCE_SECONDS = 1.0


class FileLost(sqlite3.OperationalError):
    """The database's file was deleted, or another one is in its place."""


class NoRoom(sqlite3.OperationalError):
    """The disk of the database's file is as good as full."""

    sqlite_errorname = "SQLITE_FULL"


class DatabaseFile:
    """A file that was opened once stays the database.

    If it is deleted or replaced, we must not go on: what is written to it then is found by nobody
    again, and SQLite would mix the log of the one with the pages of the other.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self._opened: tuple[int, int] | None = None

    def connect(self, **options: Any) -> sqlite3.Connection:
        """Open a connection; unlike SQLite by itself, make no file where there is none.

        Raises:
            sqlite3.OperationalError: the file is missing, or cannot be opened.
            FileLost: it is not the one that was opened first.
        """
        self.check()
        address = f"file:{quote(str(self._path))}?mode=rw"
        connection: sqlite3.Connection = sqlite3.connect(address, uri=True, **options)
        if self._opened is None:
            self._opened = self._identity()
        return connection

    def check(self) -> None:
        """Raise FileLost unless the file under the name is the one that was opened first."""
        if self._opened is not None and self._identity() != self._opened:
            raise FileLost(f"{self._path} was deleted or replaced; restart the service")

    def check_writable(self) -> None:
        """Write a row as it is; one who waits for another writer for too long learns nothing.

        Raises:
            sqlite3.DatabaseError: the file takes nothing, or there is no room.
        """
        volume = os.statvfs(self._path.parent)
        if volume.f_bavail * volume.f_frsize < _LEAST_ROOM_BYTES:
            raise NoRoom(f"no room is left beside {self._path}")
        with closing(self.connect(timeout=_PATIENCE_SECONDS)) as connection, connection:
            try:
                connection.execute("UPDATE alembic_version SET version_num = version_num")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY":
                    raise

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116  for each session, and twice as fast
        except OSError:
            return None
        return found.st_dev, found.st_ino
