"""How long jobs took on this installation, against what had been counted for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.kinds import Kind
from store.states import JobState
from store.tables import Job

FEWEST_JOBS = 3
"""The median of fewer follows a single odd one."""
_MOST_JOBS = 20
"""The newest: machines and versions change."""
_LOOKED_AT = 50
SHORTEST_SECONDS = 20.0
"""A shorter job is mostly the start of its process and the loading of images."""


@dataclass(frozen=True, kw_only=True)
class Experience:
    """What finished jobs of a kind tell about the estimates for a kind of device."""

    ratios: Sequence[float]
    """The seconds that each took, as multiples of what had been counted."""
    errors: Sequence[float]
    """How far each was from what had been told, as a share of what it took."""

    @property
    def ratio(self) -> float:
        """The middle one."""
        return median(self.ratios)

    @property
    def median_error(self) -> float | None:
        """The middle error; None if no time had been told."""
        return median(self.errors) if self.errors else None


def read_experience(
    session: Session,
    device: str,
    kind: Kind,
    *,
    device_count: int,
    counted: str = "counted_seconds",
) -> Experience | None:
    """Return what the newest jobs on a kind of device tell that have finished; None if too few.

    Only jobs that ran from start to end in one go count, so that no pause is taken for work.

    Args:
        session: that reads.
        device: the kind of device.
        kind: of the jobs.
        device_count: how many devices each of them had.
        counted: the member of their estimates that has what was counted.
    """
    found = list(_measured(session, device, kind, device_count, counted))[:_MOST_JOBS]
    if len(found) < FEWEST_JOBS:
        return None
    return Experience(
        ratios=[taken / amount for taken, amount, _ in found],
        errors=[abs(told - taken) / taken for taken, _, told in found if told is not None],
    )


def _measured(
    session: Session, device: str, kind: Kind, device_count: int, counted: str
) -> Iterator[tuple[float, float, float | None]]:
    """Yield the seconds that a job took, what was counted and what was told, newest first."""
    # The state is looked at here: asked for it, SQLite would sort all that ever succeeded.
    newest = (
        select(Job.state, Job.estimate, Job.started_at, Job.finished_at)
        .where(Job.finished_at.is_not(None), Job.kind == kind.name, Job.attempt == 1)
        .where(Job.device_count == device_count)
        .order_by(Job.finished_at.desc())
        .limit(_LOOKED_AT)
    )
    for state, estimate, started_at, finished_at in session.execute(newest):
        if state is not JobState.SUCCEEDED or estimate is None or estimate["device"] != device:
            continue
        # What was told before there was experience is what had been counted.
        amount = estimate.get(counted, estimate["seconds"])
        taken = (finished_at - started_at).total_seconds() if started_at else 0.0
        if amount and taken >= SHORTEST_SECONDS:
            yield taken, amount, estimate["seconds"]
