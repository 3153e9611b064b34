"""Files by key, written whole or not at all, and checked when they are read."""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path, PurePosixPath


class ArtifactError(Exception):
    """The artifact is missing, or is not what was written."""


class ArtifactStore:
    """Artifacts in a local folder. Keys are relative paths with forward slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, data: bytes) -> str:
        """Write the artifact durably and return its sha256 (hexadecimal).

        Raises:
            OSError: the disk is full, or refuses.
        """
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
        _sync_folder(path.parent)
        return hashlib.sha256(data).hexdigest()

    def get(self, key: str, *, sha256: str) -> bytes:
        """Read the artifact.

        Raises:
            ArtifactError: it is missing, torn or changed.
        """
        try:
            data = self._path(key).read_bytes()
        except OSError as error:
            raise ArtifactError(f"{key} cannot be read: {error}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ArtifactError(f"{key} is not what was written")
        return data

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a folder, in order. What disappears meanwhile may be among them.

        Raises:
            OSError: the folder cannot be read.
        """
        walk = os.walk(self._path(prefix), onerror=_raise_unless_gone)
        paths = (Path(folder, name) for folder, _, names in walk for name in names)
        return sorted(path.relative_to(self.root).as_posix() for path in paths)

    def delete(self, key: str) -> None:
        """Delete the artifact; nothing happens if there is none."""
        self._path(key).unlink(missing_ok=True)

    def delete_folder(self, prefix: str) -> None:
        """Delete everything under a folder."""
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise ValueError(f"{key!r} is no artifact key")
        return self.root / parts


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
