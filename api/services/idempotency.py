"""Requests that are sent again with the same key are carried out once.

The key is written in the transaction that does the work, so that both are there or neither. Two
processes that write the same key wait for each other in the database.
"""

from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.http.errors import IdempotencyKeyReused
from store.tables import IdempotentRequest
from store.types import db_now

KEPT_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class KeyedRequest:
    """What a client sends with a key."""

    owner: str
    key: str
    fingerprint: str
    """Digest of method, address and body (hexadecimal)."""


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """The answer that the client got."""

    status: int
    headers: dict[str, str]
    body: str


def begin(session: Session, request: KeyedRequest) -> KeptAnswer | None:
    """Take the key for this request; return the answer if it was carried out before.

    Raises:
        IdempotencyKeyReused: the key came with another request.
    """
    session.execute(
        delete(IdempotentRequest).where(IdempotentRequest.created_at < db_now(-KEPT_SECONDS))
    )
    taken = IdempotentRequest(owner=request.owner, key=request.key, fingerprint=request.fingerprint)
    try:
        with session.begin_nested():
            session.add(taken)
    except IntegrityError:
        return _earlier_answer(session, request)
    return None


def remember(session: Session, request: KeyedRequest, answer: KeptAnswer) -> None:
    """Keep the request's answer."""
    row = session.get_one(IdempotentRequest, (request.owner, request.key))
    row.status = answer.status
    row.headers = answer.headers
    row.body = answer.body
    session.flush()


def _earlier_answer(session: Session, request: KeyedRequest) -> KeptAnswer | None:
    earlier = session.get_one(IdempotentRequest, (request.owner, request.key))
    if earlier.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused(
            "this Idempotency-Key was used for a different request; choose another one (a new one "
            "for each request)"
        )
    if earlier.status is None or earlier.headers is None or earlier.body is None:
        return None
    return KeptAnswer(status=earlier.status, headers=earlier.headers, body=earlier.body)
