"""How checkpoints are named among the artifacts.

A name sorts by attempt and by age. It says where the job continues, on which type of device,
and what the sha256 of the checkpoint is:
`<fencing token>-<number>-<place>-<device>-<sha256>.ckpt`. The place is numbers with dots between
them, as the kind of job counts: a search's are stage, epoch and step. An attempt that lost its
lease without knowing can therefore neither overwrite nor sweep what a later one has written.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self

_ANY_DEVICE = "any"
_NAME = re.compile(
    r"(?P<token>\d{10})-(?P<number>\d{8})-"
    r"(?:(?P<place>\d+(?:\.\d+)*)-)?"  # left out by the first versions
    r"(?P<device>[a-z]+)-(?P<sha256>[0-9a-f]{64})\.ckpt"
)


@dataclass(frozen=True, kw_only=True)
class CheckpointName:
    """What the name of a checkpoint says."""

    token: int
    number: int
    """Counts what one attempt has written."""
    place: tuple[int, ...] | None
    """Where the job continues, steps last; None in older names, which did not say."""
    device: str | None
    """The type of device it needs to continue on; None for any."""
    sha256: str

    @classmethod
    def from_key(cls, key: str) -> Self | None:
        """Read the last part of a key; None if it is not a checkpoint's name."""
        found = _NAME.fullmatch(PurePosixPath(key).name)
        if found is None:
            return None
        place = None if found["place"] is None else tuple(map(int, found["place"].split(".")))
        return cls(
            token=int(found["token"]),
            number=int(found["number"]),
            place=place,
            device=None if found["device"] == _ANY_DEVICE else found["device"],
            sha256=found["sha256"],
        )

    def __str__(self) -> str:
        told = f"{'.'.join(map(str, self.place))}-" if self.place else ""
        device = self.device or _ANY_DEVICE
        return f"{self.token:010}-{self.number:08}-{told}{device}-{self.sha256}.ckpt"


def checkpoint_folder(job_id: str) -> str:
    """Return the key of the folder with a job's checkpoints."""
    return f"{job_id}/checkpoints"
