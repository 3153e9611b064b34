"""Attempts at searches in the test's own process, with everything real but Celery."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from store.artifact_stores import open_artifacts
from store.database import Database
from store.lease import Lease
from store.settings import Settings
from tests.support.jobs import SearchRecord, queue_search, record_of
from worker.attempt import Attempt
from worker.claims import ClaimedJob, claim_next
from worker.kinds.registry import WORKER_KINDS

CONTROL_SECONDS = 0.02
WORKER_ID = "wrk_test"


def make_settings(home: Path, **changes: Any) -> Settings:
    return Settings(home=home, **{"control_seconds": CONTROL_SECONDS} | changes)


def claim_search(database: Database, *, lease_seconds: float = 90.0) -> ClaimedJob:
    """Claim the search that waits first; there must be one."""
    with database.write() as session:
        claimed = claim_next(
            session,
            worker_id=WORKER_ID,
            lease_seconds=lease_seconds,
            has_cuda=False,
            kinds=WORKER_KINDS.keys(),
            devices=16,
        )
    assert claimed is not None
    return claimed


def run_attempt(
    database: Database,
    home: Path,
    *,
    at_step: Callable[[int], bool] = lambda _: False,
    **settings: Any,
) -> Lease:
    """Claim the search that waits first and run it to where it ends or stops.

    `at_step` is called after every step and every validated batch, with 1 first; it may do
    something to the search, and returns whether the worker is to stop.
    """
    claimed = claim_search(database)
    steps = 0

    def must_leave() -> bool:
        nonlocal steps
        steps += 1
        return at_step(steps)

    configured = make_settings(home, **settings)
    Attempt(
        claimed,
        kind=WORKER_KINDS[claimed.kind],
        database=database,
        artifacts=open_artifacts(configured.artifacts_url),
        settings=configured,
        must_leave=must_leave,
    ).run()
    return claimed.lease


def run_uninterrupted(database: Database, home: Path, **changes: Any) -> SearchRecord:
    """Run a search in one go, and return what it left."""
    search_id = queue_search(database, **changes)
    run_attempt(database, home)
    return record_of(database, search_id)
