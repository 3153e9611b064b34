"""How checkpoints are named among the artifacts.

A name sorts by attempt and by age, and tells where the search goes on, on which type of device,
and the sha256 of what it names:
`<fencing token>-<number>-<stage>.<epoch>.<step>-<device>-<sha256>.ckpt`. An attempt that lost its
lease without knowing can therefore neither overwrite nor sweep what a later one has written.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

_ANY_DEVICE = "any"
_NAME = re.compile(
    r"(?P<token>\d{10})-(?P<number>\d{8})-"
    r"(?:(?P<stage>\d+)\.(?P<epoch>\d+)\.(?P<step>\d+)-)?"  # left out by the first versions
    r"(?P<device>[a-z]+)-(?P<sha256>[0-9a-f]{64})\.ckpt"
)


@dataclass(frozen=True, kw_only=True)
class CheckpointPlace:
    """Where a search goes on."""

    stage: int
    """Counted from 1; one more than there are once all have ended."""
    epoch: int
    """Epochs of that stage that are behind."""
    step: int
    """Steps that are behind, in all stages."""


@dataclass(frozen=True, kw_only=True)
class CheckpointName:
    """What the name of a checkpoint tells."""

    token: int
    number: int
    """Counts what one attempt has written."""
    place: CheckpointPlace | None
    """None if it was written before names told it."""
    device: str | None
    """The type of device that it goes on on; None if on any."""
    sha256: str

    @classmethod
    def from_key(cls, key: str) -> Self | None:
        """Read the last part of a key; None if it names no checkpoint."""
        found = _NAME.fullmatch(PurePosixPath(key).name)
        if found is None:
            return None
        place = None
        if found["stage"] is not None:
            place = CheckpointPlace(
                stage=int(found["stage"]), epoch=int(found["epoch"]), step=int(found["step"])
            )
        return cls(
            token=int(found["token"]),
            number=int(found["number"]),
            place=place,
            device=None if found["device"] == _ANY_DEVICE else found["device"],
            sha256=found["sha256"],
        )

    def __str__(self) -> str:
        place = self.place
        told = f"{place.stage}.{place.epoch}.{place.step}-" if place else ""
        device = self.device or _ANY_DEVICE
        return f"{self.token:010}-{self.number:08}-{told}{device}-{self.sha256}.ckpt"


def checkpoint_folder(job_id: str) -> str:
    """Return the key under which a job's checkpoints lie."""
    return f"{job_id}/checkpoints"
