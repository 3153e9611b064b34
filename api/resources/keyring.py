"""The keys that were verified a moment ago, so that not every request asks the database."""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from api.resources.security import Caller, CallersKey
from store.background import BackgroundQueue
from store.database import Database
from store.keys import find_valid_key, note_use
from store.scopes import Scope
from store.tables import ApiKey

TRUSTED_SECONDS = 5.0
"""How long a key may be good after another process has revoked it."""
_NOTED_EVERY_SECONDS = 60.0
_MOST_KEPT = 1000
_MOST_NOTES_WAITING = 1000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Verified:
    caller: Caller
    until: float
    """On the monotonic clock."""


class KeyRing:
    """Tells whose a key is, by its digest, and writes when it was last used."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._verified: dict[str, _Verified] = {}
        self._noted: dict[str, float] = {}
        self._notes = BackgroundQueue("key use", self._note, most_waiting=_MOST_NOTES_WAITING)

    def start(self) -> None:
        """Start writing when keys are used, from a thread that no request waits for."""
        self._notes.start()

    def stop(self) -> None:
        """Write what waits to be written."""
        self._notes.stop()

    def recall(self, digest: str) -> Caller | None:
        """Return who has the key if that was looked up a moment ago."""
        found = self._verified.get(digest)
        if found is None or found.until <= time.monotonic():
            return None
        return found.caller

    def look_up(self, digest: str) -> Caller | None:
        """Ask the database who has the key; None for one that is unknown, revoked or expired."""
        with self._database.read() as session:
            key = find_valid_key(session, digest)
        if key is None:
            return None
        caller = _caller_with(key)
        if len(self._verified) >= _MOST_KEPT:
            self._verified.clear()
            self._noted.clear()
        self._verified[digest] = _Verified(caller=caller, until=_trusted_until(key))
        self._note_later(key.id)
        return caller

    def forget(self, key_id: str) -> None:
        """Look a key up anew when it is next shown."""
        for digest, found in list(self._verified.items()):
            if found.caller.key is not None and found.caller.key.id == key_id:
                self._verified.pop(digest, None)

    def _note_later(self, key_id: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(key_id, -_NOTED_EVERY_SECONDS) >= _NOTED_EVERY_SECONDS:
            self._noted[key_id] = now
            self._notes.put(key_id)

    def _note(self, key_id: str) -> None:
        try:
            with self._database.write() as session:
                note_use(session, key_id)
        except SQLAlchemyError as error:
            logger.warning("the use of %s was not noted: %s", key_id, type(error).__name__)


def _caller_with(key: ApiKey) -> Caller:
    return Caller(
        owner=key.owner,
        scopes=frozenset(Scope(scope) for scope in key.scopes),
        key=CallersKey(id=key.id, name=key.name, expires_at=key.expires_at),
    )


def _trusted_until(key: ApiKey) -> float:
    seconds = TRUSTED_SECONDS
    if key.expires_at is not None:
        seconds = min(seconds, (key.expires_at - datetime.now(UTC)).total_seconds())
    return time.monotonic() + seconds
