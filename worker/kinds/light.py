"""The kinds of job that a worker may run beside another job: they are short, and need no torch."""

from collections.abc import Mapping
from types import MappingProxyType

from store.kinds import CHECK
from worker.kinds.check.work import CheckWork
from worker.kinds.image_failures import failure_of_images
from worker.work import WorkerKind

LIGHT_KINDS: Mapping[str, WorkerKind] = MappingProxyType(
    {CHECK.name: WorkerKind(kind=CHECK, prepare=CheckWork, failure_of=failure_of_images)}
)
"""All of them, by their names."""
