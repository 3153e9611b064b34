"""The service's folder: created, checked, and locked by one `pdarts up` at a time."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cli.errors import AlreadyInUse, UnfitMachine
from store.private_files import keep_private, make_private_file, make_private_folder
from store.settings import Settings

_OWNER_ONLY = 0o700


@dataclass(frozen=True, kw_only=True)
class Home:
    """The folder and what is in it."""

    folder: Path

    @property
    def logs(self) -> Path:
        """The logs of the processes that a command started."""
        return self.folder / "logs"

    @property
    def lock(self) -> Path:
        """Held by the `pdarts up` that serves from this folder."""
        return self.folder / "up.lock"

    @property
    def programs_lock(self) -> Path:
        """Held by the programs that it started, even after it was killed."""
        return self.folder / "programs.lock"


def open_home(settings: Settings) -> Home:
    """Create the folder if there is none, and keep others out of it.

    Raises:
        UnfitMachine: it cannot be made or written to.
    """
    home = Home(folder=settings.home)
    with explained(f"cannot use {home.folder} (set PDARTS_HOME to a folder of yours)"):
        make_private_folder(home.logs)
        make_private_file(home.lock)
        keep_private(settings)
    return home


def make_private(folder: Path) -> None:
    """Create a folder that nobody else can look into; refuse one that somebody else has made.

    Raises:
        UnfitMachine: the folder is another user's, a link, or cannot be made.
    """
    with explained(f"cannot use {folder}"):
        folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise UnfitMachine(f"{folder} is not a folder of yours; remove it and try again")
        folder.chmod(_OWNER_ONLY)


@contextmanager
def locked(home: Home) -> Iterator[TextIO]:
    """Lock the folder; the yielded file says who holds it. The lock ends with the process.

    Raises:
        AlreadyInUse: another process holds it.
        UnfitMachine: its file system has no locks.
    """
    with home.lock.open("r+") as file:
        with explained(f"cannot lock {home.lock} (set PDARTS_HOME to a folder on a local disk)"):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = file.read().strip() or "another process"
                raise AlreadyInUse(
                    f"a service already runs on {home.folder}: {holder}. "
                    "Use that one, or set PDARTS_HOME to another folder."
                ) from error
        try:
            yield file
        finally:
            file.truncate(0)


def announce(lock: TextIO, url: str) -> None:
    """Write into the lock file who holds it, and where it serves."""
    lock.seek(0)
    lock.truncate()
    lock.write(f"{url} (process {os.getpid()})\n")
    lock.flush()


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn an error of the operating system into a clear message.

    Raises:
        UnfitMachine: the block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        raise UnfitMachine(f"{what}: {error.strerror or error}") from error
