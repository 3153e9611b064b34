"""A job's checkpoints as artifacts: two are kept, and each is checked before use."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, false, func
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from store.artifacts import ArtifactError, ArtifactStore, ArtifactsUnreachable
from store.checkpoint_names import CheckpointName, checkpoint_folder
from store.lease import CheckpointPointer, Lease
from store.tables import Job

C = TypeVar("C")

_PATIENCE_SECONDS = 30
PATIENCE = Retrying(
    retry=retry_if_exception_type(ArtifactsUnreachable),
    stop=stop_after_delay(_PATIENCE_SECONDS),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    reraise=True,
)
"""How long an attempt keeps asking a store that does not answer before it gives up."""
patiently = PATIENCE.wraps

logger = logging.getLogger(__name__)


def device_of(key: str) -> str | None:
    """Return the type of device a checkpoint needs to continue on; None for any."""
    name = CheckpointName.from_key(key)
    return None if name is None else name.device


def is_bound_to(device: str) -> ColumnElement[bool]:
    """Return the SQL condition for jobs that can only continue on this type of device."""
    return func.coalesce(Job.checkpoint_key.contains(f"-{device}-"), false())


class CheckpointUnreadable(ValueError):
    """The bytes are not a checkpoint of this kind of job."""


@dataclass(frozen=True, kw_only=True)
class NewCheckpoint:
    """A checkpoint that has not been stored yet."""

    data: bytes
    place: tuple[int, ...]
    """Where the job continues, as its kind counts it: the last number is steps, which only grow."""
    device: str | None
    """The type of device it needs to continue on; None for any."""


@dataclass(frozen=True, kw_only=True)
class StoredCheckpoint(Generic[C]):
    """A checkpoint, as its kind of job reads it, and the key it is stored under."""

    key: str
    checkpoint: C


@dataclass(frozen=True, kw_only=True)
class RejectedCheckpoint:
    """A key from which no checkpoint could be read."""

    key: str
    reason: str


class CheckpointKeeper:
    """Saves, finds and sweeps the checkpoints of one attempt."""

    def __init__(self, artifacts: ArtifactStore, lease: Lease) -> None:
        self._artifacts = artifacts
        self._folder = checkpoint_folder(lease.job_id)
        self._token = lease.token
        self._number = 0
        self._kept: list[str] = []

    def stored(
        self, pointer: CheckpointPointer | None, unpack: Callable[[bytes], C]
    ) -> Iterator[StoredCheckpoint[C] | RejectedCheckpoint]:
        """Read and check, on demand, the checkpoint that the job points to and the ones before it.

        Anything else in the folder, left by attempts that died, is swept.

        Args:
            pointer: what the job points to; None for a new job.
            unpack: makes a checkpoint from its bytes; may raise CheckpointUnreadable.

        Raises:
            ArtifactsUnreachable: now, or on demand. What cannot be reached is not lost: the job
                must not start from the beginning.
        """
        found = [] if pointer is None else [pointer, *self._before(pointer)]
        self._kept = [candidate.key for candidate in found]
        self._sweep(lambda key: key < self._own or CheckpointName.from_key(key) is None)
        return (self._read(candidate, unpack) for candidate in found)

    def save(self, checkpoint: NewCheckpoint) -> CheckpointPointer:
        """Write a checkpoint durably; the job's row does not point to it yet.

        Raises:
            OSError: the disk is full, or refuses.
        """
        sha256 = hashlib.sha256(checkpoint.data).hexdigest()
        self._number += 1
        name = CheckpointName(
            token=self._token,
            number=self._number,
            place=checkpoint.place,
            device=checkpoint.device,
            sha256=sha256,
        )
        key = f"{self._folder}/{name}"
        self._artifacts.put(key, checkpoint.data)
        return CheckpointPointer(key=key, step=checkpoint.place[-1], sha256=sha256)

    def keep(self, key: str, *, alone: bool = False) -> None:
        """Note the checkpoint that the job now points to, keep the one before, sweep the others.

        Args:
            key: of that checkpoint.
            alone: whether the one before must not be used again, and is swept as well.
        """
        self._kept = [key] if alone else [key, *self._kept[:1]]
        self._sweep(lambda other: other < key)

    def distrust(self, key: str) -> None:
        """Do not keep a checkpoint that was rejected."""
        self._kept = [kept for kept in self._kept if kept != key]

    @property
    def _own(self) -> str:
        return f"{self._folder}/{self._token:010}"

    @patiently
    def _before(self, pointer: CheckpointPointer) -> list[CheckpointPointer]:
        keys = reversed(self._artifacts.keys(self._folder))
        named = ((key, CheckpointName.from_key(key)) for key in keys if key < pointer.key)
        return [
            CheckpointPointer(
                key=key, step=name.place[-1] if name.place else pointer.step, sha256=name.sha256
            )
            for key, name in named
            if name
        ]

    def _sweep(self, may_go: Callable[[str], bool]) -> None:
        try:
            for key in self._artifacts.keys(self._folder):
                if key not in self._kept and may_go(key):
                    self._artifacts.delete(key)
        except OSError as error:
            logger.warning("could not sweep old checkpoints: %s", error)

    def _read(
        self, pointer: CheckpointPointer, unpack: Callable[[bytes], C]
    ) -> StoredCheckpoint[C] | RejectedCheckpoint:
        try:
            data = self._get(pointer)
            return StoredCheckpoint(key=pointer.key, checkpoint=unpack(data))
        except (ArtifactError, CheckpointUnreadable) as error:
            return RejectedCheckpoint(key=pointer.key, reason=str(error))

    @patiently
    def _get(self, pointer: CheckpointPointer) -> bytes:
        return self._artifacts.get(pointer.key, sha256=pointer.sha256)
