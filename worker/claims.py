"""Which of the waiting jobs a worker takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from sqlalchemy.orm import Session

from store.lease import CheckpointPointer, Lease, claim, waiting_jobs
from store.tables import Job, Search


@dataclass(frozen=True, kw_only=True)
class ClaimedSearch:
    """A search that this attempt holds."""

    lease: Lease
    spec: Mapping[str, Any]
    """As its row keeps it."""
    checkpoint: CheckpointPointer | None


def claim_next(session: Session, *, worker_id: str, lease_seconds: float) -> ClaimedSearch | None:
    """Claim the first waiting search that this process can run; None if there is none."""
    for job in waiting_jobs(session):
        search = session.get_one(Search, job.id)
        if not can_run(search.spec):
            continue
        lease = claim(session, job.id, worker_id=worker_id, lease_seconds=lease_seconds)
        if lease is not None:
            # The claim has refreshed the row.
            return ClaimedSearch(lease=lease, spec=search.spec, checkpoint=_pointer(job))
    return None


def can_run(spec: Mapping[str, Any]) -> bool:
    """Tell whether this process has the device that a spec asks for."""
    return spec.get("device") != "cuda" or torch.cuda.is_available()


def _pointer(job: Job) -> CheckpointPointer | None:
    if job.checkpoint_key is None or job.checkpoint_step is None or job.checkpoint_sha256 is None:
        return None
    return CheckpointPointer(
        key=job.checkpoint_key, step=job.checkpoint_step, sha256=job.checkpoint_sha256
    )
