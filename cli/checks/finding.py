"""What a check finds."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"  # it works, but not as well as it could, or not yet
    FAIL = "fail"  # it does not work


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The state of one thing, and what to do about it."""

    subject: str
    level: Level
    detail: str
    remedy: str = ""


def ok(subject: str, detail: str) -> Finding:
    """Return that all is well."""
    return Finding(subject=subject, level=Level.OK, detail=detail)


def warn(subject: str, detail: str, remedy: str) -> Finding:
    """Return that something could be better."""
    return Finding(subject=subject, level=Level.WARN, detail=detail, remedy=remedy)


def fail(subject: str, detail: str, remedy: str) -> Finding:
    """Return that something does not work."""
    return Finding(subject=subject, level=Level.FAIL, detail=detail, remedy=remedy)
