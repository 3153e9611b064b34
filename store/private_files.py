"""What lies in the home is for its owner's eyes alone, whoever makes it first.

Folders get mode 0700 and files 0600, whatever the umask. What is there already is tightened if it
is ours: at its usual place in the home, and of the user who runs this. A place that a setting names
outside the home may be shared on purpose: what is new there is made private, and nothing else is
changed.
"""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from sqlalchemy import make_url

from store.settings import Settings

_FOLDER = 0o700
_FILE = 0o600
_OTHERS = 0o077
_OWN_FOLDERS = frozenset({"artifacts", "data", "datasets", "logs", "pushes", "run", "uploads"})
_OWN_FILES = frozenset({"programs.lock", "secrets.key", "up.lock"})
_DATABASE = "pdarts.db"
_BESIDE_A_DATABASE = ("", "-wal", "-shm", "-journal")

logger = logging.getLogger(__name__)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, for the owner alone; one that is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        place.mkdir(mode=_FOLDER, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")


def make_private_file(path: Path) -> None:
    """Make an empty file for the owner alone; one that is there stays as it is. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _FILE))


def open_private(path: Path, mode: Literal["ab", "a+b", "wb"]) -> BinaryIO:
    """Open a file to write on; if it is new, it is made for the owner alone. Raises OSError."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, _FILE))


def keep_private(settings: Settings) -> None:
    """Tighten what is in the home, where others may look at it or write to it."""
    for place in _ours(settings):
        try:
            _tighten(place)
        except FileNotFoundError:
            continue
        except OSError as error:
            logger.warning("others may be able to read %s: %s", place, error.strerror or error)


def _ours(settings: Settings) -> Iterator[Path]:
    home = settings.home
    if _holds_only_ours(home):
        yield home
    folders = {home / name for name in _OWN_FOLDERS - {"data"}}
    yield from sorted(folders)
    yield from sorted((home / "logs").glob("*.log*"))
    yield from sorted(home / name for name in _OWN_FILES)
    database = sqlite_file(settings.database_url)
    if database is not None and database == home / _DATABASE:
        yield from (database.with_name(database.name + end) for end in _BESIDE_A_DATABASE)


def _holds_only_ours(home: Path) -> bool:
    """Tell whether a folder is a home and nothing else: it could be /tmp, or a user's own."""
    try:
        names = {path.name for path in home.iterdir()}
    except OSError:
        return False
    strangers = names - _OWN_FOLDERS - _OWN_FILES
    return all(name.startswith(_DATABASE) for name in strangers)


def _tighten(place: Path) -> None:
    found = place.lstat()
    is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    if is_plain and found.st_uid == os.geteuid() and found.st_mode & _OTHERS:
        place.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)


def sqlite_file(database_url: str) -> Path | None:
    """Return the file of a SQLite database; None for another system, for memory, or for a URI."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return None if "uri" in url.query else Path(url.database)
