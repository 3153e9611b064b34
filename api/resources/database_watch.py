"""Whether the database takes what is written: found out by writing, now and then."""

import threading
import time

from sqlalchemy.exc import DBAPIError

from store.database import Database

_FRESH_SECONDS = 2.0
_REMEMBERED_SECONDS = 15.0


class DatabaseWatch:
    """Tells whether writes are taken. Anyone may ask: the database is asked every two seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._refusal: DBAPIError | None = None

    def refusal(self) -> DBAPIError | None:
        """Return why the database takes nothing, or just did not; None if it does."""
        with self._lock:
            if time.monotonic() - self._looked_at > _FRESH_SECONDS:
                self._refusal = self._ask()
                self._looked_at = time.monotonic()
            return self._refusal or self._recent()

    def _ask(self) -> DBAPIError | None:
        try:
            self._database.check_writable()
        except DBAPIError as error:
            return error
        return None

    def _recent(self) -> DBAPIError | None:
        # A full server still takes a row as long as the row's page has room.
        refused = self._database.refused
        is_recent = refused and time.monotonic() - refused.at < _REMEMBERED_SECONDS
        return refused.error if refused and is_recent else None
