"""Which uploads are under way, kept in the home: a push that was ended goes on with the next."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ValidationError

from cli.errors import AlreadyInUse
from cli.home import explained
from store.private_files import make_private_folder, open_private


class BegunUpload(BaseModel):
    """An upload that was begun."""

    upload: str
    fingerprint: str
    """Of what is sent."""


class KeptPush:
    """What is known of the push of one folder or archive to one service."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path

    def begun(self) -> BegunUpload | None:
        """Return the upload that was begun; None if there is none, or it cannot be read."""
        self._file.seek(0)
        with suppress(ValidationError):
            return BegunUpload.model_validate_json(self._file.read())
        return None

    def keep(self, begun: BegunUpload) -> None:
        """Write down which upload was begun."""
        self._file.truncate(0)
        self._file.write(begun.model_dump_json().encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def forget(self) -> None:
        """Forget it: it has ended."""
        self._path.unlink(missing_ok=True)


@contextmanager
def kept_push(home: Path, url: str, source: Path) -> Iterator[KeptPush]:
    """Open what is known of a push, for this process alone.

    Raises:
        AlreadyInUse: another process is pushing the same.
        UnfitMachine: the home cannot be written to.
    """
    name = hashlib.sha256(f"{url}\n".encode() + os.fsencode(source.resolve())).hexdigest()
    folder = home / "pushes"
    with explained(f"cannot use {folder} (set PDARTS_HOME to a folder of yours)"):
        make_private_folder(folder)
        path = folder / f"{name}.json"
        file = open_private(path, "a+b")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyInUse(f"another process is pushing {source}") from error
        kept = KeptPush(file, path)
        try:
            yield kept
        finally:
            if kept.begun() is None:
                kept.forget()
