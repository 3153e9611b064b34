"""Files that commands download from the service."""

import hashlib
from pathlib import Path

from pydantic import BaseModel

from cli.home import explained
from cli.terminal import print_json, say


class Saved(BaseModel):
    """What programs read about a file that was saved."""

    id: str
    file: str
    bytes: int
    sha256: str


def save(data: bytes, file: Path, *, of: str, as_json: bool) -> None:
    """Write a file and print its name.

    Args:
        data: what is in it.
        file: where to.
        of: the id of what it was made of.
        as_json: print what programs read.

    Raises:
        UnfitMachine: it cannot be written.
    """
    with explained(f"cannot write {file}"):
        file.write_bytes(data)
    if as_json:
        sha256 = hashlib.sha256(data).hexdigest()
        print_json(Saved(id=of, file=str(file), bytes=len(data), sha256=sha256))
    else:
        say(str(file))
