"""What jobs told of the images that they loaded."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.image_folder import Split
from store.tables import Event

LOADED = "dataset_ready"
"""The type of the event that tells of images."""


def loaded_images(
    session: Session, job_id: str, split: Split = "train"
) -> Mapping[str, Any] | None:
    """Return what the newest attempt that loaded a split's images told of them; None if none did.

    Every attempt loads the training images first, and the test images, if it comes to them, next.
    """
    place = ("train", "test").index(split)
    told: Mapping[str, Any] | None = None
    loads = 0
    history = select(Event).where(
        Event.job_id == job_id, Event.type.in_(("attempt_started", LOADED))
    )
    for event in session.scalars(history.order_by(Event.seq)):
        if event.type != LOADED:
            loads = 0
            continue
        if loads == place:
            told = event.data
        loads += 1
    return told
