"""API keys in the database: creating, listing, revoking, and finding them by their digest."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from store.ids import IdKind, new_id
from store.key_text import digest_of, hint_of, new_key
from store.scopes import Scope
from store.tables import ApiKey
from store.types import db_now

OWNER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$"
LONGEST_KEY_NAME = 100
_USE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class MintedKey:
    """A new key, the only time that it is in plain text."""

    row: ApiKey
    text: str = field(repr=False)


def create_key(
    session: Session,
    *,
    owner: str,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None = None,
) -> MintedKey:
    """Make a key."""
    text = new_key()
    row = ApiKey(
        id=new_id(IdKind.KEY),
        owner=owner,
        name=name,
        hash=digest_of(text),
        hint=hint_of(text),
        scopes=[scope.value for scope in Scope if scope in scopes],
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return MintedKey(row=row, text=text)


def list_keys(
    session: Session,
    *,
    owner: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Sequence[ApiKey]:
    """Return keys, newest first, starting after the one with this id; None for every owner."""
    query = select(ApiKey).order_by(ApiKey.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(ApiKey.owner == owner)
    if after is not None:
        query = query.where(ApiKey.id < after)
    return session.scalars(query).all()


def revoke_key(session: Session, key_id: str) -> ApiKey | None:
    """Revoke a key, even one already revoked; return it, or None if there is none."""
    session.execute(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=db_now())
    )
    return session.get(ApiKey, key_id, populate_existing=True)


def find_valid_key(session: Session, digest: str) -> ApiKey | None:
    """Return the key with this digest; None if there is none, or it is revoked or has expired."""
    key = session.scalar(select(ApiKey).where(ApiKey.hash == digest, _is_valid()))
    if key is None or not hmac.compare_digest(key.hash, digest):
        return None
    return key


def valid_keys(session: Session, key_ids: Collection[str]) -> set[str]:
    """Return those of the keys with these ids that are neither revoked nor expired."""
    return set(session.scalars(select(ApiKey.id).where(ApiKey.id.in_(key_ids), _is_valid())))


def has_admin_key(session: Session) -> bool:
    """Tell whether somebody could manage the keys."""
    scopes = session.scalars(select(ApiKey.scopes).where(_is_valid()))
    return any(Scope.ADMIN in granted for granted in scopes)


def note_use(session: Session, key_id: str) -> None:
    """Record that a key is in use, at most once a minute."""
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < db_now(-_USE_SECONDS))
    session.execute(update(ApiKey).where(ApiKey.id == key_id, stale).values(last_used_at=db_now()))


def _is_valid() -> ColumnElement[bool]:
    unexpired = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > db_now())
    return ApiKey.revoked_at.is_(None) & unexpired
