"""What one of the other processes of a job is told, and what its end tells."""

import json
from dataclasses import asdict, dataclass
from typing import Self

OUT_OF_MEMORY = 12
"""The exit status of a process whose device has no memory left."""
LEFT_ALONE = 13
"""That of a process that lost the others."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What stands on the process' command line."""

    kind: str
    """Of the job."""
    device: str
    """cuda or cpu."""
    rank: int
    """The process' number; the attempt's own is 0."""
    size: int
    """How many processes there are."""
    parcel: int
    """Descriptor of the file with the job's arguments."""
    port: int
    """Of the place where the processes find each other."""
    threads: int
    timeout_seconds: float
    """How long it waits for the others."""
    parent: int
    """The process with whose end this one ends."""

    def to_argument(self) -> str:
        """Return it as the program takes it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, argument: str) -> Self:
        """Read what `to_argument` returned."""
        return cls(**json.loads(argument))
