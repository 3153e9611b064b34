"""Why an archive is refused; each message says why, for whoever sent it.

ArchiveError
├── ArchiveUnknown     it is none of the archives that are read
├── ArchiveUnsafe      a member is a link or a device, or its name leads out of the folder
├── ArchiveEncrypted
├── ArchiveDamaged     it is cut off, or holds something else than it says
├── ArchiveDuplicate   two members have one name
├── ArchiveTooLarge    it holds too much, or unpacking it takes too much
├── TooManyImages      it is well, but its owner has no room for its images
└── LayoutRefused      its folders are not those of a data set
"""

from collections.abc import Mapping
from types import MappingProxyType

from store.plain_text import on_one_line

_LONGEST_SHOWN_NAME = 200


class ArchiveError(Exception):
    """An archive that is not taken."""


class ArchiveUnknown(ArchiveError):
    """It is no archive, or one of a kind that is not read."""


class ArchiveUnsafe(ArchiveError):
    """A member is neither a file nor a folder, or its name leads elsewhere."""


class ArchiveEncrypted(ArchiveError):
    """A member needs a password."""


class ArchiveDamaged(ArchiveError):
    """It is cut off, or a member is not what it is said to be."""


class ArchiveDuplicate(ArchiveError):
    """Two members have one name."""


class ArchiveTooLarge(ArchiveError):
    """It holds more than is allowed, or more than its size lets expect."""


class TooManyImages(ArchiveError):
    """It has more images than its owner has room for."""


class LayoutRefused(ArchiveError):
    """What it holds is no data set."""


CODES: Mapping[type[ArchiveError], str] = MappingProxyType(
    {
        ArchiveUnknown: "archive_unknown",
        ArchiveUnsafe: "archive_unsafe",
        ArchiveEncrypted: "archive_encrypted",
        ArchiveDamaged: "archive_damaged",
        ArchiveDuplicate: "archive_duplicate",
        ArchiveTooLarge: "archive_too_large",
        TooManyImages: "too_many_images",
        LayoutRefused: "dataset_layout",
    }
)


def shown(name: str) -> str:
    """Return a member's name for a message."""
    text = on_one_line(name)
    if len(text) > _LONGEST_SHOWN_NAME:
        text = text[:_LONGEST_SHOWN_NAME] + "…"
    return f'"{text}"'
