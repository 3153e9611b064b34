"""What operators are told of searches alone: of their epochs, their collapses, their memory.

Jobs of other kinds have no stages and phases, so metrics of these figures name searches.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from store.tables import Epoch, Stage
from store.types import db_now

RECENT_SECONDS = 3600
"""What `recent` means in the names of metrics."""
QUANTILES = (0.5, 0.9, 1.0)
_MOST_EPOCHS = 20_000


@dataclass(frozen=True, kw_only=True)
class RecentEpochs:
    """How long the epochs of one phase took."""

    phase: str
    count: int
    seconds: Mapping[float, float]
    """By quantile."""


def summarise_epochs(session: Session) -> list[RecentEpochs]:
    """Return how long the epochs of the last hour took, by phase."""
    recent = Epoch.finished_at > db_now(-RECENT_SECONDS)
    newest = Epoch.finished_at.desc()
    chosen = select(Epoch.phase, Epoch.seconds).where(recent).order_by(newest).limit(_MOST_EPOCHS)
    by_phase: dict[str, list[float]] = {}
    for phase, seconds in session.execute(chosen):
        by_phase.setdefault(phase, []).append(seconds)
    return [
        RecentEpochs(
            phase=phase,
            count=len(seconds),
            seconds={quantile: nearest_rank(seconds, quantile) for quantile in QUANTILES},
        )
        for phase, seconds in sorted(by_phase.items())
    ]


def count_collapses(session: Session) -> int:
    """Return how many stages collapsed in the last hour."""
    recent = Epoch.finished_at > db_now(-RECENT_SECONDS)
    of_stage = (Stage.search_id == Epoch.search_id) & (Stage.stage == Epoch.stage)
    collapsed = (
        select(func.count())
        .select_from(Epoch)
        .join(Stage, of_stage)
        .where(recent, Stage.collapsed_epoch == Epoch.epoch)
    )
    return session.scalar(collapsed) or 0


def memory_of_search(search_id: SQLColumnExpression[str | None]) -> ScalarSelect[int | None]:
    """Return the query for the most memory that a search's newest epoch took; null if none."""
    newest = (Epoch.stage.desc(), Epoch.epoch.desc())
    taken = select(Epoch.memory_bytes).where(Epoch.search_id == search_id)
    return taken.order_by(*newest).limit(1).scalar_subquery()


def nearest_rank(numbers: Sequence[float], quantile: float) -> float:
    """Return the smallest number that at least this share of all numbers does not exceed."""
    return sorted(numbers)[max(0, math.ceil(quantile * len(numbers)) - 1)]
