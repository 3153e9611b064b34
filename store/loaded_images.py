"""What jobs told of the training images that they loaded."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import Event

LOADED = "dataset_ready"
"""The type of the event that tells of images."""


def loaded_images(session: Session, job_id: str) -> Mapping[str, Any] | None:
    """Return what the newest attempt that loaded training images told of them; None if none did."""
    told: Mapping[str, Any] | None = None
    history = select(Event).where(
        Event.job_id == job_id, Event.type.in_(("attempt_started", LOADED))
    )
    for event in session.scalars(history.order_by(Event.seq.desc())):
        if event.type == LOADED:
            told = event.data  # what an attempt loaded first, it trains on; that is read last
        elif told is not None:
            break
    return told
