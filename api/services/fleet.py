"""What the living workers have room for."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.tables import Worker
from store.workers import is_alive

Fleet = Mapping[str, int | None]
"""The kinds of device that there are, and the bytes of the largest; None if none tells."""

ABSOLUTE_CEILING = 256 * 2**30
"""Bytes; used while no worker has reported its memory."""


def read_fleet(session: Session, lease_seconds: float) -> Fleet:
    """Return what the workers that are alive have."""
    return dict(session.execute(_largest_of_each(lease_seconds)).all())


@lru_cache(maxsize=1)
def _largest_of_each(lease_seconds: float) -> Select[str, int | None]:
    largest = select(Worker.device, func.max(Worker.memory_bytes))
    return largest.where(is_alive(lease_seconds)).group_by(Worker.device)


def largest_worker(fleet: Fleet, device: str) -> int | None:
    """Return the bytes of the largest worker that runs what asks for a device; None if unknown."""
    if device == "cpu" and set(fleet) - {"cpu"}:
        return None  # a worker with a GPU can search on its CPU, whose memory it does not tell
    if device != "auto":
        return fleet.get(device)
    return max((largest for largest in fleet.values() if largest is not None), default=None)


def expected_device(fleet: Fleet, wanted: str) -> str | None:
    """Return the kind of device that is expected to run what asks for one; None if unknown."""
    return max(fleet, default=None) if wanted == "auto" else wanted


def gib(count: int) -> str:
    """Return a number of bytes for people."""
    return f"{count / 2**30:.1f} GiB"
