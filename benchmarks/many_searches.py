"""Searches written in bulk, as in a service that has been used for a long time."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, text

from pdarts_core.config import PRESETS
from store.database import Database
from store.ids import IdKind, new_id
from store.job_spec import JobSpec
from store.kinds import SEARCH
from store.states import JobState
from store.tables import Job, Search

OWNER = "local"
_ROWS_AT_ONCE = 5_000
_STATES = (
    (0.05, JobState.FAILED),
    (0.10, JobState.CANCELLED),
    (0.90, JobState.SUCCEEDED),
    (0.95, JobState.PAUSED),
    (1.00, JobState.QUEUED),
)
"""By age: the oldest searches failed, the newest wait. What a filter finds lies close together."""


def write_searches(database: Database, count: int, *, owner: str = OWNER) -> None:
    """Write searches that have no history; a tenth of the oldest are on a data set of their own."""
    ids = sorted(new_id(IdKind.SEARCH) for _ in range(count))
    for start in range(0, count, _ROWS_AT_ONCE):
        batch = range(start, min(start + _ROWS_AT_ONCE, count))
        with database.write() as session:
            session.execute(insert(Job), list(_jobs(ids, batch, owner)))
            session.execute(insert(Search), [{"id": ids[number]} for number in batch])
    if not database.is_sqlite:  # else its autovacuum would, within a minute
        with database.write() as session:
            session.execute(text("ANALYZE"))


def _jobs(ids: list[str], batch: range, owner: str) -> Iterator[dict[str, Any]]:
    spec = JobSpec(config=PRESETS["quick"], dataset="digits", preset="quick").to_document()
    for number in batch:
        dataset = "cifar100" if number < len(ids) / 10 else ("digits", "cifar10")[number % 2]
        state = next(state for share, state in _STATES if number / len(ids) < share)
        yield {
            "id": ids[number],
            "kind": SEARCH.name,
            "owner": owner,
            "state": state,
            "dataset": dataset,
            "spec": spec | {"dataset": dataset},
            "spec_sha256": "0" * 64,
            "labels": {},
            "estimate": None,
        }
