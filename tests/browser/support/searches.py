"""Searches for the page to show."""

from dataclasses import replace
from typing import Any

from api.resources.security import LOCAL_CALLER
from api.services.genotypes import add_import
from pdarts_core.config import PRESETS, SearchConfig, StageConfig
from pdarts_core.signal.verdict import Verdict
from store.database import Database
from store.history import NewEvent
from store.job_spec import JobSpec
from store.lease import Lease, fail, record
from store.states import ErrorCode
from store.tables import Job
from tests.support.factories import make_search
from tests.support.genotypes import random_genotype
from tests.support.played_search import play_search
from worker.kinds.search.recorder import take_back

SHORT = SearchConfig(
    stages=(
        StageConfig(layers=5, num_to_keep=5, epochs=4, warmup_epochs=2),
        StageConfig(layers=8, num_to_keep=3, epochs=4, warmup_epochs=2, dropout_rate=0.4),
        StageConfig(layers=11, num_to_keep=1, epochs=4, warmup_epochs=2, dropout_rate=0.7),
    )
)


def finished_search(
    database: Database, *, seed: int = 2, name: str | None = None, finding: Verdict = "clear"
) -> str:
    """Write a search that succeeded."""
    with database.write() as session:
        return play_search(session, replace(SHORT, seed=seed), name=name, finding=finding)


def running_search(
    database: Database, *, name: str | None = None, until: tuple[int, int] = (2, 2)
) -> str:
    """Write a search after an epoch of a stage: in the middle of its second one unless told."""
    with database.write() as session:
        return play_search(session, SHORT, name=name, until=until)


def long_search(database: Database, *, epochs: int) -> str:
    """Write a search whose only stage so far is long."""
    stage = replace(SHORT.stages[0], epochs=epochs)
    config = replace(SHORT, stages=(stage, *SHORT.stages[1:]))
    with database.write() as session:
        return play_search(session, config, until=(1, epochs))


def begin_stage_again(database: Database, search_id: str, *, stage: int, told_by: str) -> None:
    """Take back what was written of a stage, and tell it by an event of a type."""
    lease = lease_of(database, search_id)
    with database.write() as session:
        event = NewEvent(type=told_by, message="the stage begins again", data={"stage": stage})
        record(session, lease, event=event)
        take_back(session, search_id, stage=stage, epochs=0)


def failed_search(database: Database) -> str:
    """Write a search that failed in the middle of its second stage."""
    search_id = running_search(database)
    with database.write() as session:
        lease = lease_of(database, search_id)
        fail(session, lease, ErrorCode.DIVERGED, "the loss is nan", trace="Traceback:\n  boom")
    return search_id


def imported_genotype(database: Database) -> str:
    """Write a genotype that somebody brought."""
    with database.write() as session:
        return add_import(session, LOCAL_CALLER, random_genotype(1), "by hand").id


def lease_of(database: Database, search_id: str) -> Lease:
    """Return the lease under which a search runs."""
    with database.read() as session:
        job = session.get_one(Job, search_id)
        assert job.lease_owner is not None
        return Lease(
            job_id=search_id,
            token=job.lease_token,
            attempt=job.attempt,
            worker_id=job.lease_owner,
        )


def queued_search(database: Database, name: str | None = None, **columns: Any) -> str:
    """Write a search that waits."""
    with database.write() as session:
        return make_search(session, spec=quick_spec(name=name), name=name, **columns)


def make_estimate(seconds: float, low: float | None = None, high: float | None = None) -> Any:
    """What a search is expected to take, as its row keeps it; with no range, on a known CPU."""
    return {
        "device": "cpu",
        "measured_on": None if low else "one thread of a known CPU",
        "memory_bytes": 10**8,
        "seconds": seconds,
        "seconds_low": low,
        "seconds_high": high,
        "learned_from": 4 if low else 0,
        "median_error": 0.07 if low else None,
        "counted_seconds": seconds,
        "stages": [],
    }


def quick_spec(**changes: Any) -> dict[str, Any]:
    """The complete spec of a quick search."""
    quick = JobSpec(config=PRESETS["quick"], dataset="digits", preset="quick")
    return quick.to_document() | changes
