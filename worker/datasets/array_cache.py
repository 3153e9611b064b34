"""Arrays of bytes on disk, written whole or not at all, and mapped into memory when read.

Any number of processes may use one folder. Two that build the same array at the same time both do
the work, and get the same file.
"""

import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from worker.datasets.subset import Bytes

MOST_ARRAYS = 8
"""How many arrays of a folder are kept; the least recently used go first."""
_ABANDONED_SECONDS = 24 * 3600.0
_TEMPORARY = ".tmp-"


class ArrayCache:
    """The arrays of one folder. Each has a group; a newer one of its group replaces it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, group: str, fingerprint: str) -> Bytes | None:
        """Map an array into memory, so that writing to it leaves the file as it is.

        Returns:
            None if there is no such array, or if its file is damaged.
        """
        path = self._path(group, fingerprint)
        try:
            array: Bytes = np.load(path, mmap_mode="c", allow_pickle=False)
            # Sets the time of the last use, which decides what is kept.
            with suppress(PermissionError):
                os.utime(path)
        except (OSError, ValueError, EOFError):
            return None
        return array

    def build(
        self, group: str, fingerprint: str, shape: tuple[int, ...], parts: Iterable[Bytes]
    ) -> Bytes:
        """Write an array part by part and map it into memory.

        Where the folder cannot be written to (a read-only disk), the array is kept in memory.

        Args:
            group: what the array holds; at most one array of a group is kept.
            fingerprint: of what the array was made from.
            shape: the most that it can have; the first axis, that of the parts, may get shorter.
            parts: arrays that follow each other along the first axis.

        Raises:
            OSError: the disk is full, or failed.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix=_TEMPORARY)
        except OSError:
            return _collect(shape, parts)
        path = self._path(group, fingerprint)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _write(file, shape[1:], parts)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
        self._clear(path, group)
        array: Bytes = np.load(path, mmap_mode="c", allow_pickle=False)
        return array

    def _path(self, group: str, fingerprint: str) -> Path:
        return self.folder / f"{group}.{fingerprint}.npy"

    def _clear(self, newest: Path, group: str) -> None:
        arrays = sorted(self.folder.glob("*.npy"), key=_last_use, reverse=True)
        outdated = [path for path in arrays if path != newest and _group(path) == group]
        others = [path for path in arrays if _group(path) != group]
        abandoned = [
            path
            for path in self.folder.glob(f"{_TEMPORARY}*")
            if time.time() - _last_use(path) > _ABANDONED_SECONDS
        ]
        for path in outdated + others[MOST_ARRAYS - 1 :] + abandoned:
            with suppress(OSError):
                path.unlink()


def _group(path: Path) -> str:
    return path.name.split(".", maxsplit=1)[0]


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _write(file: BinaryIO, shape: tuple[int, ...], parts: Iterable[Bytes]) -> None:
    length = 0
    _write_header(file, (length, *shape))
    for part in parts:
        file.write(np.ascontiguousarray(part).data)
        length += len(part)
    # The header leaves room for any length, so that it can be written anew.
    file.seek(0)
    _write_header(file, (length, *shape))


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def _collect(shape: tuple[int, ...], parts: Iterable[Bytes]) -> Bytes:
    array = np.empty(shape, dtype=np.uint8)
    length = 0
    for part in parts:
        array[length : length + len(part)] = part
        length += len(part)
    return array[:length]
