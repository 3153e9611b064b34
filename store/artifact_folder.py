"""Artifacts in a local folder, or one that several machines share."""

import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from store.artifacts import TEMPORARY_PREFIX, ArtifactStore, StoredArtifact, checked_key
from store.private_files import make_private_folder

_PIECE = 2**20


class FolderStore(ArtifactStore):
    """Writes beside the artifact's place and renames, so nobody ever sees a half-written one.

    Files are for their owner alone. Folders let in whom the root lets in: a root that is there may
    be shared on purpose, one that is not is made private.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def entries(self, prefix: str) -> Sequence[StoredArtifact]:
        """Describe what is under a folder, in the order of the keys. Raises OSError."""
        return sorted(self._described(prefix), key=lambda artifact: artifact.key)

    def folders(self) -> Sequence[str]:
        """Return the first parts of all keys that have more than one. Raises OSError."""
        try:
            return sorted(path.name for path in self.root.iterdir() if path.is_dir())
        except FileNotFoundError:
            return []

    def delete(self, key: str) -> None:
        """Delete the artifact; nothing happens if there is none. Raises OSError."""
        self._path(key).unlink(missing_ok=True)

    def delete_folder(self, prefix: str) -> None:
        """Delete everything under a folder, as far as the file system lets it."""
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def _write(self, key: str, data: bytes) -> None:
        self._write_file(key, io.BytesIO(data))

    def _write_file(self, key: str, file: BinaryIO) -> None:
        path = self._path(key)
        self._make_folder(path.parent)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
        try:
            with os.fdopen(descriptor, "wb") as written:
                shutil.copyfileobj(file, written, _PIECE)
                written.flush()
                os.fsync(written.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
        _sync_folder(path.parent)

    def _make_folder(self, folder: Path) -> None:
        make_private_folder(self.root)
        mode = stat.S_IMODE(self.root.stat().st_mode)
        above = self.root
        for name in folder.relative_to(self.root).parts:
            above /= name
            above.mkdir(mode=mode, exist_ok=True)

    def _read(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def _open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def _described(self, prefix: str) -> Iterator[StoredArtifact]:
        walk = os.walk(self._path(prefix), onerror=_raise_unless_gone)
        for path in (Path(folder, name) for folder, _, names in walk for name in names):
            with suppress(FileNotFoundError):
                status = path.stat()
                yield StoredArtifact(
                    key=path.relative_to(self.root).as_posix(),
                    bytes=status.st_size,
                    written_at=datetime.fromtimestamp(status.st_mtime, UTC),
                )

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
