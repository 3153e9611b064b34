"""Locks that end with the transaction."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_OWNERS = 0x0DA7
"""Distinguishes these from other advisory locks of the database."""


def lock_owner(session: Session, owner: str) -> None:
    """Block other transactions that lock this owner until this one has ended.

    On SQLite there is only one writing transaction anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_OWNERS, func.hashtext(owner))))
