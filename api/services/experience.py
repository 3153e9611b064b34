"""How long searches took on this installation, against what had been counted for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.kinds import SEARCH
from store.states import JobState
from store.tables import Job

FEWEST_SEARCHES = 3
"""The median of fewer follows a single odd one."""
_MOST_SEARCHES = 20
"""The newest: machines and versions change."""
_LOOKED_AT = 50
SHORTEST_SECONDS = 20.0
"""A shorter search is mostly the start of its process and the loading of images."""


@dataclass(frozen=True, kw_only=True)
class Experience:
    """What finished searches tell about the estimates for a kind of device."""

    ratios: Sequence[float]
    """The seconds that each took, as multiples of those that had been counted."""
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


def read_experience(session: Session, device: str) -> Experience | None:
    """Return what the newest searches tell that finished on a kind of device; None if too few.

    Only searches that ran from start to end in one go count, so that no pause is taken for work.
    """
    found = list(_measured(session, device))[:_MOST_SEARCHES]
    if len(found) < FEWEST_SEARCHES:
        return None
    return Experience(
        ratios=[taken / counted for taken, counted, _ in found],
        errors=[abs(told - taken) / taken for taken, _, told in found if told is not None],
    )


def _measured(session: Session, device: str) -> Iterator[tuple[float, float, float | None]]:
    """Yield the seconds that a search took, those counted and those told, the newest first."""
    # The state is looked at here: asked for it, SQLite would sort all that ever succeeded.
    newest = (
        select(Job.state, Job.estimate, Job.started_at, Job.finished_at)
        .where(Job.finished_at.is_not(None), Job.kind == SEARCH.name, Job.attempt == 1)
        .order_by(Job.finished_at.desc())
        .limit(_LOOKED_AT)
    )
    for state, estimate, started_at, finished_at in session.execute(newest):
        if state is not JobState.SUCCEEDED or estimate is None or estimate["device"] != device:
            continue
        # What was told before there was experience is what had been counted.
        counted = estimate.get("counted_seconds", estimate["seconds"])
        taken = (finished_at - started_at).total_seconds() if started_at else 0.0
        if counted and taken >= SHORTEST_SECONDS:
            yield taken, counted, estimate["seconds"]
