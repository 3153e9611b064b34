"""Use cases of API keys, for callers with the scope `admin`."""

from sqlalchemy.orm import Session

from api.http.errors import NotFound
from store import keys
from store.tables import ApiKey


def find(session: Session, key_id: str) -> ApiKey:
    """Return a key. Raises NotFound."""
    return _found(key_id, session.get(ApiKey, key_id))


def revoke(session: Session, key_id: str) -> None:
    """Revoke a key; a second time changes nothing. Raises NotFound."""
    _found(key_id, keys.revoke_key(session, key_id))


def _found(key_id: str, key: ApiKey | None) -> ApiKey:
    if key is None:
        raise NotFound.named("key", key_id)
    return key
