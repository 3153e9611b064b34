"""What is sent: bytes that are the same however often they are read."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cli.errors import CliError


class SourceChanged(CliError):
    """A file is not what it was when the sending began."""


class Source(Protocol):
    """Bytes to send."""

    @property
    def size(self) -> int:
        """How many there are."""

    @property
    def fingerprint(self) -> str:
        """Tells these bytes from others, without reading them."""

    def read(self, offset: int, size: int) -> bytes:
        """Return so many from a place on, or fewer at the end. Raises OSError, SourceChanged."""


class ArchiveFile:
    """An archive, as it is. Raises OSError if it cannot be read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._state = state_of(os.fstat(file.fileno()))
        self._path = path

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._state[0]

    @property
    def fingerprint(self) -> str:
        """Tells these bytes from others."""
        return fingerprint_of([("", *self._state)])

    def read(self, offset: int, size: int) -> bytes:
        """Return so many bytes from a place on."""
        return read_part(self._path, self._state, offset, size)


def state_of(status: os.stat_result) -> tuple[int, int]:
    """Return what tells that a file was changed: its size, and when it was written."""
    return status.st_size, status.st_mtime_ns


def read_part(path: Path, state: tuple[int, int], offset: int, size: int) -> bytes:
    """Read a part of a file.

    Raises:
        SourceChanged: it is not what it was.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
        if state_of(os.fstat(file.fileno())) != state:
            raise SourceChanged(f"{path} was changed while it was being sent; push again")
    return data


def fingerprint_of(files: Sequence[tuple[str, int, int]]) -> str:
    """Return a digest of names, sizes and times of files."""
    digest = hashlib.sha256()
    for path, size, written_at in files:
        digest.update(f"{size} {written_at} ".encode() + os.fsencode(path) + b"\0")
    return digest.hexdigest()
