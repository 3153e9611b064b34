"""Files by key, written whole or not at all, and checked when they are read.

    ArtifactError          the artifact is missing, or is not what was written
    ArtifactsUnreachable   the store does not answer, or refuses; asking again may work (an OSError)

Keys are relative paths with forward slashes. The stores themselves: store.artifact_folder,
store.artifact_bucket; which of them a URL names: store.artifact_stores.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

TEMPORARY_PREFIX = ".tmp-"
"""Prefix of the names of files that are still being written."""
PIECE_BYTES = 8 * 2**20
"""Of a large artifact, read or sent at a time; stores of objects want at least 5 MiB."""
_GONE = (FileNotFoundError, NotADirectoryError)


class SupportsWrite(Protocol):
    """What an artifact is read into."""

    def write(self, piece: bytes, /) -> int:
        """Write all of a piece. Raises OSError."""


class ArtifactError(Exception):
    """The artifact is missing, or is not what was written."""


class ArtifactsUnreachable(OSError):
    """The store does not answer, or refuses; asking again may work."""


@dataclass(frozen=True, kw_only=True)
class StoredArtifact:
    """What is known about an artifact without reading it."""

    key: str
    bytes: int
    written_at: datetime

    @property
    def is_temporary(self) -> bool:
        """Tell whether it is a file that is still being written, or was abandoned half written."""
        return PurePosixPath(self.key).name.startswith(TEMPORARY_PREFIX)


class ArtifactStore(ABC):
    """Where artifacts are kept. Every method may raise ArtifactsUnreachable."""

    def put(self, key: str, data: bytes) -> str:
        """Write the artifact durably and return its sha256 (hexadecimal).

        Raises:
            OSError: the store is full, or refuses.
        """
        self._write(checked_key(key), data)
        return hashlib.sha256(data).hexdigest()

    def put_file(self, key: str, file: BinaryIO) -> None:
        """Write what is left of a file durably, a piece at a time.

        Raises:
            OSError: the store is full, or refuses.
        """
        self._write_file(checked_key(key), file)

    def get(self, key: str, *, sha256: str) -> bytes:
        """Read the artifact.

        Raises:
            ArtifactError: it is missing, torn or changed.
        """
        try:
            with _refusals_told_apart():
                data = self._read(checked_key(key))
        except _GONE as error:
            raise ArtifactError(f"{key} is missing: {error}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ArtifactError(f"{key} has changed since it was written")
        return data

    def get_file(self, key: str, file: SupportsWrite, *, sha256: str) -> None:
        """Read the artifact into a file, a piece at a time.

        Raises:
            ArtifactError: it is missing, torn or changed; the file holds some of it.
            OSError: the file's disk is full.
        """
        digest = hashlib.sha256()
        for piece in self._pieces(checked_key(key)):
            digest.update(piece)
            file.write(piece)
        if digest.hexdigest() != sha256:
            raise ArtifactError(f"{key} has changed since it was written")

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a folder, in order. Some may have just disappeared.

        Raises:
            ArtifactsUnreachable: the folder cannot be read.
        """
        with _refusals_told_apart():
            return [artifact.key for artifact in self.entries(prefix)]

    @abstractmethod
    def entries(self, prefix: str) -> Sequence[StoredArtifact]:
        """Describe what is under a folder, in the order of the keys. Raises OSError."""

    @abstractmethod
    def folders(self) -> Sequence[str]:
        """Return the first parts of all keys that have more than one. Raises OSError."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete the artifact; nothing happens if there is none. Raises OSError."""

    @abstractmethod
    def delete_folder(self, prefix: str) -> None:
        """Delete everything under a folder, as far as the store lets it."""

    @abstractmethod
    def _write(self, key: str, data: bytes) -> None: ...

    @abstractmethod
    def _write_file(self, key: str, file: BinaryIO) -> None: ...

    @abstractmethod
    def _read(self, key: str) -> bytes: ...

    @abstractmethod
    def _open(self, key: str) -> AbstractContextManager[BinaryIO]: ...

    def _pieces(self, key: str) -> Iterator[bytes]:
        try:
            with _refusals_told_apart(), self._open(key) as artifact:
                while piece := artifact.read(PIECE_BYTES):
                    yield piece
        except _GONE as error:
            raise ArtifactError(f"{key} is missing: {error}") from error


@contextmanager
def _refusals_told_apart() -> Iterator[None]:
    """Treat every error that does not say that an artifact is missing as one of the store."""
    try:
        yield
    except (*_GONE, ArtifactsUnreachable):
        raise
    except OSError as error:
        raise ArtifactsUnreachable(f"{type(error).__name__}: {error}") from error


def checked_key(key: str) -> str:
    """Return the key if it is valid. Raises ValueError."""
    parts = PurePosixPath(key)
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise ValueError(f"{key!r} is not a valid artifact key")
    return parts.as_posix()
