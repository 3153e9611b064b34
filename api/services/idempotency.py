"""Requests that are sent again with the same key are carried out once.

The key is written in the transaction that does the work, so that both are there or neither. Two
processes that write the same key wait for each other in the database.
"""

from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.http.errors import IdempotencyKeyReused
from api.resources.security import Caller
from store.tables import IdempotentRequest
from store.types import db_now

KEPT_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a client sends with a key."""

    key: str
    fingerprint: str
    """Digest of method, address and body (hexadecimal)."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the client was answered."""

    status: int
    headers: dict[str, str]
    body: str


def begin(session: Session, caller: Caller, call: Call) -> Answer | None:
    """Take the key for this call; return the answer if the call was carried out before.

    Raises:
        IdempotencyKeyReused: the key came with another call.
    """
    session.execute(
        delete(IdempotentRequest).where(IdempotentRequest.created_at < db_now(-KEPT_SECONDS))
    )
    taken = IdempotentRequest(owner=caller.owner, key=call.key, fingerprint=call.fingerprint)
    try:
        with session.begin_nested():
            session.add(taken)
    except IntegrityError:
        return _earlier_answer(session, caller, call)
    return None


def remember(session: Session, caller: Caller, call: Call, answer: Answer) -> None:
    """Keep what the call was answered."""
    request = session.get_one(IdempotentRequest, (caller.owner, call.key))
    request.status = answer.status
    request.headers = answer.headers
    request.body = answer.body
    session.flush()


def _earlier_answer(session: Session, caller: Caller, call: Call) -> Answer | None:
    earlier = session.get_one(IdempotentRequest, (caller.owner, call.key))
    if earlier.fingerprint != call.fingerprint:
        raise IdempotencyKeyReused("the Idempotency-Key came with another request before")
    if earlier.status is None or earlier.headers is None or earlier.body is None:
        return None
    return Answer(status=earlier.status, headers=earlier.headers, body=earlier.body)
