"""Which of the waiting jobs a worker takes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from store.lease import CheckpointPointer, Lease, claim
from store.tables import Job, Worker
from store.waiting import next_in_line
from store.workers import is_alive
from worker.checkpoints import is_bound_to

_DEVICES_THAT_RUN = {"auto": ("cuda", "cpu"), "cuda": ("cuda",), "cpu": ("cpu",)}
"""Which devices of known memory run a job, by the device that the job asks for.

A worker with a GPU can also run a job on its CPU, but does not report that memory.
"""


@dataclass(frozen=True, kw_only=True)
class ClaimedJob:
    """A job that this attempt holds."""

    lease: Lease
    kind: str
    spec: Mapping[str, Any]
    """As stored in its row."""
    checkpoint: CheckpointPointer | None


def claim_next(
    session: Session,
    *,
    worker_id: str,
    lease_seconds: float,
    has_cuda: bool,
    kinds: Collection[str],
    devices: int = 1,
) -> ClaimedJob | None:
    """Claim the first waiting job that a worker can run and should; None if there is none.

    Args:
        session: that writes.
        worker_id: the worker's. A draining worker takes none.
        lease_seconds: how long the lease lasts without a beat.
        has_cuda: whether the worker can run jobs that ask for CUDA.
        kinds: those that it can run; a newer version of the interface may queue others.
        devices: how many it offers to one job.
    """
    workers = session.scalars(select(Worker).where(is_alive(lease_seconds))).all()
    me = next((worker for worker in workers if worker.id == worker_id), None)
    if me is not None and me.draining:
        return None
    conditions: list[ColumnElement[bool]] = [Job.kind.in_(kinds), Job.device_count <= devices]
    if not has_cuda:
        conditions.append(~_needs_cuda())
    if me is not None:
        others = [worker for worker in workers if worker is not me and not worker.draining]
        conditions += _better_left_to(others, me)
    for job_id in next_in_line(session, *conditions):
        lease = claim(session, job_id, worker_id=worker_id, lease_seconds=lease_seconds)
        if lease is not None:
            job = session.get_one(Job, job_id, populate_existing=True)
            return ClaimedJob(lease=lease, kind=job.kind, spec=job.spec, checkpoint=_pointer(job))
    return None


def _needs_cuda() -> ColumnElement[bool]:
    return (Job.device == "cuda") | is_bound_to("cuda")


def _better_left_to(others: Sequence[Worker], me: Worker) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that leave out what fits another worker, and this one not or only in parts.

    A job that fits no worker is not left out: whichever worker comes first tries it.
    """
    counts = sorted({worker.device_count for worker in others})
    for (asked_for, devices), count in product(_DEVICES_THAT_RUN.items(), counts):
        memory = max(
            (w.memory_bytes for w in others if w.device in devices and w.device_count >= count),
            default=0,
        )
        if me.device in devices and memory > me.memory_bytes:
            yield or_(
                Job.device != asked_for,
                Job.device_count > count,
                Job.memory_bytes.is_(None),
                Job.memory_bytes <= me.memory_bytes,
                (Job.memory_bytes > memory) & ~_between(me.memory_bytes, memory),
            )


def _between(mine: int, others: int) -> ColumnElement[bool]:
    """Return the condition that a job's batches, in the smallest parts, only fit another worker."""
    least = Job.least_memory_bytes
    return least.is_not(None) & (least > mine) & (least <= others)


def _pointer(job: Job) -> CheckpointPointer | None:
    if job.checkpoint_key is None or job.checkpoint_step is None or job.checkpoint_sha256 is None:
        return None
    return CheckpointPointer(
        key=job.checkpoint_key, step=job.checkpoint_step, sha256=job.checkpoint_sha256
    )
