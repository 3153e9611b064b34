"""What the living workers have room for."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.tables import Worker
from store.workers import is_alive

Fleet = Mapping[str, int | None]
"""The kinds of device that there are, and the bytes of the largest; None if none tells."""


def read_fleet(session: Session, lease_seconds: float) -> Fleet:
    """Return what the workers that are alive have."""
    return dict(session.execute(_largest_of_each(lease_seconds)).all())


@lru_cache(maxsize=1)
def _largest_of_each(lease_seconds: float) -> Select[str, int | None]:
    largest = select(Worker.device, func.max(Worker.memory_bytes))
    return largest.where(is_alive(lease_seconds)).group_by(Worker.device)
