"""New jobs of any kind, as rows that are yet to be queued."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from store.ids import new_id
from store.kinds import Kind
from store.tables import Job

_PLACE_IN_LINE = ("priority", "device", "device_count")
"""Fields of a spec that are columns of its job; a spec without them leaves the defaults."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a job is expected to need; None for what is unknown."""

    estimate: dict[str, Any] | None = None
    """As clients are shown it."""
    memory_bytes: int | None = None
    """Of a device."""
    least_memory_bytes: int | None = None
    """With less, no device can run it."""


UNKNOWN_NEEDS = Needs()


def new_job(
    kind: Kind,
    owner: str,
    spec: Mapping[str, Any],
    *,
    max_attempts: int,
    spec_sha256: str = "",
    dataset_id: str | None = None,
    dataset_digest: str | None = None,
    needs: Needs = UNKNOWN_NEEDS,
) -> Job:
    """Return a job with a new id; `store.lifecycle.enqueue` inserts it.

    Args:
        kind: of the job.
        owner: whose it will be.
        spec: what to compute, as it is stored.
        max_attempts: after how many without a new checkpoint it has failed.
        spec_sha256: digest of everything that affects its result.
        dataset_id: of the data set, where its owner sent it; None for one that all owners share.
        dataset_digest: of the data set's images; None where it is not known.
        needs: what it is expected to need.
    """
    return Job(
        id=new_id(kind.id_prefix),
        kind=kind.name,
        owner=owner,
        name=spec.get("name"),
        dataset=spec.get("dataset"),
        spec=dict(spec),
        spec_sha256=spec_sha256,
        dataset_id=dataset_id,
        dataset_digest=dataset_digest,
        labels=spec.get("metadata", {}),
        estimate=needs.estimate,
        memory_bytes=needs.memory_bytes,
        least_memory_bytes=needs.least_memory_bytes,
        max_attempts=max_attempts,
        **{field: spec[field] for field in _PLACE_IN_LINE if field in spec},
    )
