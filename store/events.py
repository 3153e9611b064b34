"""An event of a job, before it is written."""

from dataclasses import dataclass, field
from typing import Any

from store.states import EventLevel


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event before it has its number."""

    type: str
    message: str
    level: EventLevel = EventLevel.INFO
    data: dict[str, Any] = field(default_factory=dict)
