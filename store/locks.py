"""Locks that end with the transaction."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_OWNERS = 0x0DA7
"""Keeps these apart from other advisory locks of the database."""


def lock_owner(session: Session, owner: str) -> None:
    """Let no other transaction go on that locks this owner, until this one has ended.

    On SQLite a writing transaction is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_OWNERS, func.hashtext(owner))))
