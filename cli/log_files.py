"""Keeps the logs of programs small while these go on writing to them."""

import shutil
from contextlib import suppress
from pathlib import Path

LARGEST_LOG = 10_000_000
"""Bytes. About as many again are kept beside it."""
_OWNER_ONLY = 0o600


def keep_small(log: Path) -> None:
    """Put the lines of a log aside, in place of those before, once it has grown large.

    The file stays the same, emptied: programs have it open, and append to it.

    Raises:
        OSError: the log cannot be written.
    """
    with suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST_LOG:
            _put_aside(log, log.with_suffix(f"{log.suffix}.1"))


def _put_aside(log: Path, aside: Path) -> None:
    with log.open("r+b") as lines:
        try:
            aside.touch(mode=_OWNER_ONLY)
            with aside.open("wb") as kept:
                shutil.copyfileobj(lines, kept)
        except OSError:
            # Most likely the disk is full, and the old lines are the least that is missed.
            aside.unlink(missing_ok=True)
        lines.truncate(0)
