"""Collects what is found, many files of one kind of finding at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from store.dataset_report import MOST_FILES_NAMED, Finding, Level
from store.wording import number_of

_ORDER = MappingProxyType({"error": 0, "warning": 1, "info": 2})


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A kind of finding."""

    code: str
    level: Level
    noun: str
    """What is counted; it stands before the message: `2 files: all black`."""
    message: str
    advice: str


class Notes:
    """Everything that a check found so far."""

    def __init__(self) -> None:
        self._counts: dict[Topic, int] = {}
        self._files: dict[Topic, list[str]] = {}

    def add(self, topic: Topic, *names: str) -> None:
        """Note that something was seen: in files, or in classes, of these names."""
        self._counts[topic] = self._counts.get(topic, 0) + len(names)
        files = self._files.setdefault(topic, [])
        files += names[: MOST_FILES_NAMED - len(files)]

    def findings(self) -> Sequence[Finding]:
        """Return all, errors first, else in the order in which they were first seen."""
        topics = sorted(self._counts, key=lambda topic: _ORDER[topic.level])
        return tuple(map(self._finding, topics))

    def _finding(self, topic: Topic) -> Finding:
        count = self._counts[topic]
        return Finding(
            code=topic.code,
            level=topic.level,
            count=count,
            files=tuple(self._files[topic]),
            message=f"{number_of(count, topic.noun)}: {topic.message}",
            advice=topic.advice,
        )
