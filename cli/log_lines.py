"""The lines of a growing log that somebody at a terminal should see."""

import re
from pathlib import Path

_NOTEWORTHY = re.compile(rb"\b(?:WARNING|ERROR|CRITICAL)\b")


class LogTail:
    """Follows a log from its present end."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = log.stat().st_size if log.exists() else 0
        self._unfinished = b""

    def noteworthy(self) -> list[str]:
        """Return the warnings and errors written since the last call."""
        *lines, self._unfinished = (self._unfinished + self._read()).split(b"\n")
        return [line.decode(errors="replace") for line in lines if _NOTEWORTHY.search(line)]

    def _read(self) -> bytes:
        if not self._log.exists():
            return b""
        with self._log.open("rb") as file:
            size = file.seek(0, 2)
            # A shorter file is a new one: the grown one was put aside.
            file.seek(min(self._offset, size) if size >= self._offset else 0)
            added = file.read()
            self._offset = file.tell()
        return added
