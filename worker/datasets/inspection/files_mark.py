"""Tells one state of a data set's image files from another, without reading them."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from worker.datasets.inspection.notes import Notes
from worker.datasets.inspection.tree import read_tree


class Stamp(NamedTuple):
    """What changes when a file is written."""

    bytes: int
    changed_ns: int


GONE = Stamp(-1, -1)
"""Of a file that cannot be read."""


def mark_of_files(names: Sequence[str], stamps: Sequence[Stamp]) -> str:
    """Return a digest of files' names in the data set, sizes and times."""
    digest = hashlib.sha256()
    for name, stamp in sorted(zip(names, stamps, strict=True)):
        line = f"{stamp.bytes} {stamp.changed_ns} {name}\n"
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def mark_of_files_in(root: Path) -> str:
    """Return it of the files that lie in a data set's folder now. Raises OSError: it is gone."""
    files = read_tree(root, Notes()).files
    return mark_of_files([file.name for file in files], [_stamp(file.path) for file in files])


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116  many small ones
    except OSError:
        return GONE
    return Stamp(status.st_size, status.st_mtime_ns)
