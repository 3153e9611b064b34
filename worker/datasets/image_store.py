"""Data sets that owners sent, fetched once by each machine into a folder that is bounded.

A data set is kept among the artifacts as one file, its pack. Each entry of the folder is one
unpacked pack, and has a lock: jobs that use it share the lock, and who fetches or deletes it has it
alone.
"""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from store.private_files import make_private_folder, open_private

_WAIT_SECONDS = 0.2
_TEMPORARY = ".tmp-"
_LOCK = ".lock"
_ENTRY = re.compile(r"[0-9a-f]{32}\.(\d+)")
"""The names of entries, which end with how large their packs are. Other files are left alone."""
Fetch = Callable[[BinaryIO], None]
"""Writes a pack to a file."""
Beat = Callable[[], None]
"""Called every moment; an exception from it ends the waiting or fetching."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Where the images of a data set come from."""

    dataset: str
    """The data set's name."""
    digest: str
    bytes: int


class ImageStore:
    """The data sets on this machine; any number of processes may use one folder.

    Args:
        folder: where they lie.
        most_bytes: of all packs together. The least recently used go first, but none that is in
            use; a pack that is larger than all of it is fetched nevertheless. Decoded images, which
            lie beside them, come on top.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    @contextmanager
    def images(
        self, pack: Pack, fetch: Fetch, beat: Beat, wait: Beat | None = None
    ) -> Iterator[Path]:
        """Yield a folder with the data set's folder in it, which stays while it is used.

        Args:
            pack: which images.
            fetch: called if they are not here.
            beat: called while this unpacks.
            wait: called while another process fetches or deletes them; None: as `beat`.

        Raises:
            OSError: the disk is full, or refuses.
        """
        make_private_folder(self._folder)
        entry = self._folder / _entry_name(pack)
        wait = wait or beat
        with _lock_file(entry) as lock:
            while True:
                _wait_for(lock, fcntl.LOCK_SH, wait)
                if entry.is_dir():
                    break
                fcntl.flock(lock, fcntl.LOCK_UN)
                _wait_for(lock, fcntl.LOCK_EX, wait)
                if not entry.is_dir():
                    self._make_room(pack.bytes, entry)
                    self._unpack(pack, entry, fetch, beat)
                # Others may come between, so the next turn looks again.
                fcntl.flock(lock, fcntl.LOCK_UN)
            # The kernel's own time is too coarse to tell uses apart.
            os.utime(lock.fileno(), ns=(time.time_ns(), time.time_ns()))
            yield entry

    def _unpack(self, pack: Pack, entry: Path, fetch: Fetch, beat: Beat) -> None:
        for abandoned in self._folder.glob(f"{_TEMPORARY}*"):
            if abandoned.name.startswith(f"{_TEMPORARY}{entry.name}-"):
                shutil.rmtree(abandoned)
            else:
                _delete_abandoned(abandoned)
        place = Path(tempfile.mkdtemp(dir=self._folder, prefix=f"{_TEMPORARY}{entry.name}-"))
        try:
            with tempfile.TemporaryFile(dir=place) as file:
                fetch(file)
                file.seek(0)
                _extract(file, place / pack.dataset, beat)
            place.rename(entry)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise

    def _make_room(self, needed: int, wanted: Path) -> None:
        entries = [path for path in self._folder.iterdir() if _is_entry(path) and path != wanted]
        left = self._most_bytes - needed - sum(map(_bytes_of, entries))
        for entry in sorted(entries, key=_last_use):
            if left >= 0:
                return
            if _delete_unused(entry):
                left += _bytes_of(entry)


def _extract(file: BinaryIO, folder: Path, beat: Beat) -> None:
    with zipfile.ZipFile(file) as pack:
        for member in pack.infolist():
            beat()
            path = folder / member.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            with pack.open(member) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)


def _entry_name(pack: Pack) -> str:
    # The name is a part of it: it is the name of a folder in the entry, which messages tell.
    named = hashlib.sha256(f"{pack.digest} {pack.dataset}".encode()).hexdigest()
    return f"{named[:32]}.{pack.bytes}"


def _is_entry(path: Path) -> bool:
    return _ENTRY.fullmatch(path.name) is not None


def _bytes_of(entry: Path) -> int:
    return int(entry.name.rpartition(".")[2])


def _last_use(entry: Path) -> float:
    with suppress(OSError):
        return entry.with_name(entry.name + _LOCK).stat().st_mtime
    return 0.0


def _delete_abandoned(temporary: Path) -> None:
    """Delete what a process left that died over another entry, which may never be asked for."""
    entry_name = temporary.name.removeprefix(_TEMPORARY).rpartition("-")[0]
    # Where files cannot be locked, it stays.
    with _lock_file(temporary.with_name(entry_name)) as lock, suppress(OSError):
        if _is_locked(lock, fcntl.LOCK_EX):  # nobody is at work on it
            shutil.rmtree(temporary, ignore_errors=True)


def _delete_unused(entry: Path) -> bool:
    with _lock_file(entry) as lock:
        if not _is_locked(lock, fcntl.LOCK_EX):
            return False
        doomed = entry.with_name(f"{_TEMPORARY}{entry.name}-old")
        with suppress(FileNotFoundError):
            entry.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
        return True


def _lock_file(entry: Path) -> BinaryIO:
    return open_private(entry.with_name(entry.name + _LOCK), "ab")


def _wait_for(lock: BinaryIO, operation: int, wait: Beat) -> None:
    while not _is_locked(lock, operation):
        wait()
        time.sleep(_WAIT_SECONDS)


def _is_locked(lock: BinaryIO, operation: int) -> bool:
    """Try to lock a file, and tell whether it is locked now: others may have it."""
    try:
        fcntl.flock(lock, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
