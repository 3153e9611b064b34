"""How much room an owner's data sets leave for one more."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.http.errors import TooManyImages
from api.resources.security import Caller
from store.settings import Settings
from store.tables import DatasetRow


@dataclass(frozen=True, kw_only=True)
class Room:
    """What an owner may still send under a name; None for any number."""

    bytes: int | None
    images: int | None


def room_of(session: Session, caller: Caller, name: str, settings: Settings) -> Room:
    """Return the room that the caller's data sets of other names leave.

    Raises:
        TooManyImages: there is none.
    """
    others = (DatasetRow.owner == caller.owner) & (DatasetRow.name != name)
    sums = select(func.count(), func.sum(DatasetRow.bytes), func.sum(DatasetRow.files))
    taken = [int(value or 0) for value in session.execute(sums.where(others)).one()]
    left: list[int | None] = []
    for used, most, what in zip(
        taken,
        (
            settings.datasets_per_owner,
            settings.dataset_bytes_per_owner,
            settings.dataset_files_per_owner,
        ),
        ("data sets", "bytes", "images"),
        strict=True,
    ):
        if most and used >= most:
            raise TooManyImages(
                f"you have {used:,} of at most {most:,} {what} under other names; delete some first"
            )
        left.append(most - used if most else None)
    return Room(bytes=left[1], images=left[2])


def check_room(room: Room, size: int, images: int) -> None:
    """Refuse images that there is no room for.

    Raises:
        TooManyImages: names the figures.
    """
    for found, most, what in ((size, room.bytes, "bytes"), (images, room.images, "images")):
        if most is not None and found > most:
            raise TooManyImages(
                f"this data set has {found:,} {what}, and your other data sets leave room for "
                f"{most:,}; delete some first"
            )
