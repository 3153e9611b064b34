"""Looks at files as somebody does who may not look everywhere."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65_534
_ANYONE_MAY_ENTER = 0o055


@contextmanager
def as_nobody(folder: Path, mode: int = 0) -> Iterator[None]:
    """Let no one look into a folder, not even root, who becomes nobody for the block.

    With the mode 0o444, its files can be listed, and no more.
    """
    is_root = os.geteuid() == 0
    modes = {path: path.stat().st_mode for path in folder.parents} if is_root else {}
    closed = {path: found for path, found in modes.items() if ~found & _ANYONE_MAY_ENTER}
    before = folder.stat().st_mode
    for path, found in closed.items():
        path.chmod(found | _ANYONE_MAY_ENTER)
    folder.chmod(mode)
    try:
        if is_root:
            os.seteuid(_NOBODY)
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(before)
        for path, found in closed.items():
            path.chmod(found)
