"""Which of the waiting jobs a worker takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.lease import CheckpointPointer, Lease, claim, waiting_jobs
from store.tables import Job, Search
from worker.checkpoints import is_bound_to


@dataclass(frozen=True, kw_only=True)
class ClaimedSearch:
    """A search that this attempt holds."""

    lease: Lease
    spec: Mapping[str, Any]
    """As its row keeps it."""
    checkpoint: CheckpointPointer | None


def claim_next(
    session: Session, *, worker_id: str, lease_seconds: float, has_cuda: bool
) -> ClaimedSearch | None:
    """Claim the first waiting search that a worker can run; None if there is none.

    Args:
        session: that writes.
        worker_id: the worker's.
        lease_seconds: how long the lease lasts without a beat.
        has_cuda: whether the worker can run searches that ask for CUDA.
    """
    for job in waiting_jobs(session, *([] if has_cuda else [~_needs_cuda()])):
        lease = claim(session, job.id, worker_id=worker_id, lease_seconds=lease_seconds)
        if lease is not None:
            search = session.get_one(Search, job.id)
            # The claim has refreshed the job's row.
            return ClaimedSearch(lease=lease, spec=search.spec, checkpoint=_pointer(job))
    return None


def _needs_cuda() -> ColumnElement[bool]:
    asks_for_it = select(Search.id).where(Search.spec["device"].as_string() == "cuda")
    return Job.id.in_(asks_for_it) | is_bound_to("cuda")


def _pointer(job: Job) -> CheckpointPointer | None:
    if job.checkpoint_key is None or job.checkpoint_step is None or job.checkpoint_sha256 is None:
        return None
    return CheckpointPointer(
        key=job.checkpoint_key, step=job.checkpoint_step, sha256=job.checkpoint_sha256
    )
