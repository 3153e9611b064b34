"""The lines of a growing log that somebody at a terminal should see."""

import json
import re
from pathlib import Path
from typing import Any

_NOTEWORTHY = ("WARNING", "ERROR", "CRITICAL")
_NAMES_ONE = re.compile(rf"\b(?:{'|'.join(_NOTEWORTHY)})\b")


class LogTail:
    """Follows a log from its current end."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = log.stat().st_size if log.exists() else 0
        self._unfinished = b""

    def noteworthy(self) -> list[str]:
        """Return the warnings and errors written since the last call."""
        *lines, self._unfinished = (self._unfinished + self._read()).split(b"\n")
        shown = (shown_at_a_terminal(line.decode(errors="replace")) for line in lines)
        return [line for line in shown if line is not None]

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


def shown_at_a_terminal(line: str) -> str | None:
    """Return a warning or an error as text for people, from text or JSON; None for other lines."""
    members = _members(line)
    if members is None:
        return line if _NAMES_ONE.search(line) else None
    if members.get("level") not in _NOTEWORTHY:
        return None
    return "{level} {logger}: {message}".format_map({"logger": "", "message": "", **members})


def _members(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        members = json.loads(line)
    except ValueError:
        return None
    return members if isinstance(members, dict) else None
