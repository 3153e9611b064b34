"""What the kinds of archives have in common."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, Any

from store.plain_text import on_one_line
from worker.archives.errors import ArchiveDamaged, ArchiveTooLarge

_DAMAGED = (
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the readers are known to raise for damaged files, besides errors of no system's call."""

_LONGEST_REASON = 200
_PLAIN = {"File is not a zip file": "its table of contents is missing"}
"""What the readers say of a file that begins as it should, in other words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file or a folder in an archive."""

    path: str
    """In the form of `worker.archives.names.clean_path`."""
    size: int
    place: Any
    """Tells the archive where its content is; None for a folder."""


class Archive(ABC):
    """An archive that is open."""

    @abstractmethod
    def members(self) -> Iterator[Member]:
        """Yield what it holds, in its own order.

        Raises:
            ArchiveError: a member is none that is taken.
        """

    @abstractmethod
    def open(self, member: Member) -> AbstractContextManager[IO[bytes]]:
        """Open a file in it, to be read piece by piece."""

    def notes(self) -> list[str]:
        """Return what was made of its names, in sentences."""
        return []


@contextmanager
def damage_told(what: str) -> Iterator[None]:
    """Turn what the readers of archives raise into the errors of this room.

    Raises:
        ArchiveDamaged: the archive cannot be read.
        ArchiveTooLarge: there is not enough memory to read it.
        OSError: a disk is full or fails.
    """
    try:
        yield
    except _DAMAGED as error:
        raise ArchiveDamaged(f"{what} is damaged or cut off: {_shown(error)}") from error
    except MemoryError as error:
        raise ArchiveTooLarge(f"{what} takes too much memory to unpack") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ArchiveDamaged(f"{what} is damaged or cut off: {_shown(error)}") from error


def _shown(error: Exception) -> str:
    reason = str(error)
    return on_one_line(_PLAIN.get(reason, reason))[:_LONGEST_REASON] or type(error).__name__
