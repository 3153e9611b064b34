"""Searches as jobs: their specs, and what the database shows of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update

from pdarts_core.config import DEFAULT_PRESET, SearchConfig, StageConfig
from store.database import Database
from store.lifecycle import expire_leases, get_job
from store.states import JobState
from store.tables import Epoch, Event, GenotypeRow, Job, Stage
from store.types import db_now
from tests.support.factories import make_search
from tests.support.selection import is_everything_wanted
from tests.support.servers import wait_until

_SEARCH_SECONDS = 90.0
_FIRST = StageConfig(layers=3, num_to_keep=5, epochs=1, warmup_epochs=0)
_SECOND = StageConfig(layers=3, num_to_keep=3, dropout_rate=0.3, epochs=2, warmup_epochs=1)
_THIRD = StageConfig(layers=3, num_to_keep=1, dropout_rate=0.5, epochs=1, warmup_epochs=0)
THREE_STAGES = (_FIRST, _SECOND, _THIRD)
TINY_STAGES = THREE_STAGES if is_everything_wanted() else (_FIRST, replace(_SECOND, num_to_keep=1))
"""A search goes from its second stage to its third as it does from its first to its second."""


def make_spec(**changes: Any) -> dict[str, Any]:
    """Return the complete spec of a search on real digits, which takes seconds."""
    config = SearchConfig(batch_size=10, init_channels=1, stages=TINY_STAGES)
    around: dict[str, Any] = {
        "dataset": "digits",
        "preset": DEFAULT_PRESET,
        "name": None,
        "metadata": {},
        "image_size": None,
        "max_images": 40,
        "device": "cpu",
        "device_count": 1,
        "priority": 0,
    }
    return config.to_dict() | around | changes


def single_stage(epochs: int) -> list[dict[str, Any]]:
    """Return one stage in which only weights are trained."""
    stage = StageConfig(layers=3, num_to_keep=1, epochs=epochs, warmup_epochs=epochs)
    stages: list[dict[str, Any]] = SearchConfig(stages=(stage,)).to_dict()["stages"]
    return stages


TWO_EPOCHS_EACH = [stage | {"epochs": 2} for stage in make_spec()["stages"]]
"""Stages long enough to be interrupted after the first epoch."""
NEVER_ENDING = single_stage(epochs=1000)


def queue_search(database: Database, *, max_attempts: int = 3, **changes: Any) -> str:
    """Queue a search whose ring is due, so that the next recovery rings for it."""
    with database.write() as session:
        search_id = make_search(session, spec=make_spec(**changes), max_attempts=max_attempts)
        session.execute(update(Job).where(Job.id == search_id).values(dispatch_after=db_now()))
    return search_id


def expire_lease(database: Database, job_id: str) -> None:
    """Put the end of a job's lease into the past."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=db_now(-1)))


def take_from_its_worker(database: Database, job_id: str) -> None:
    """Queue a job as the recovery does once its lease has run out, before a heartbeat can come."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=db_now(-1)))
        assert job_id in expire_leases(session)


def make_ring_due(database: Database, job_id: str) -> None:
    """Make it time to ring for a job again."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(dispatch_after=db_now(-1)))


def end_wait(database: Database, job_id: str) -> None:
    """Make it time to try a job again that was given back to wait."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(not_before=db_now(-1)))


def state_of(database: Database, job_id: str) -> JobState:
    return job_of(database, job_id).state


def job_of(database: Database, job_id: str) -> Job:
    with database.read() as session:
        return get_job(session, job_id)


def events_of(database: Database, job_id: str) -> list[Event]:
    with database.read() as session:
        by_number = select(Event).where(Event.job_id == job_id).order_by(Event.seq)
        return list(session.scalars(by_number))


def event_types(database: Database, job_id: str) -> list[str]:
    return [event.type for event in events_of(database, job_id)]


def wait_for_state(
    database: Database, job_id: str, *states: JobState, seconds: float = _SEARCH_SECONDS
) -> Job:
    with _its_history_told(database, job_id):
        wait_until(
            lambda: state_of(database, job_id) in states, f"{job_id} {', '.join(states)}", seconds
        )
    return job_of(database, job_id)


def wait_for_event(database: Database, job_id: str, type: str, times: int = 1) -> None:  # noqa: A002
    with _its_history_told(database, job_id):
        wait_until(
            lambda: event_types(database, job_id).count(type) >= times,
            f"{type} of {job_id}",
            _SEARCH_SECONDS,
        )


@contextmanager
def _its_history_told(database: Database, job_id: str) -> Iterator[None]:
    """Note the events of a job where what is waited for does not happen."""
    try:
        yield
    except AssertionError as error:
        error.add_note(
            "\n".join(f"{e.seq} {e.type}: {e.message}" for e in events_of(database, job_id))
        )
        raise


@dataclass(frozen=True)
class SearchRecord:
    """What a finished search left, without what depends on when and how fast it ran."""

    stages: Sequence[dict[str, Any]]
    epochs: Sequence[dict[str, Any]]
    genotypes: Sequence[dict[str, Any]]
    digests: Sequence[str] = ()
    """Of the files that it ends with: none."""


_VARYING = {"id", "search_id", "created_at", "started_at", "finished_at"}
_VARYING |= {"seconds", "images_per_second", "memory_bytes"}


def record_of(database: Database, search_id: str) -> SearchRecord:
    """Return a search's rows: equal for searches that went the same way, to the bit."""
    with database.read() as session:

        def rows(table: type[Stage | Epoch | GenotypeRow], *order: Any) -> list[dict[str, Any]]:
            found = session.scalars(select(table).filter_by(search_id=search_id).order_by(*order))
            names = [column.key for column in table.__table__.columns if column.key not in _VARYING]
            return [{name: getattr(row, name) for name in names} for row in found]

        return SearchRecord(
            stages=rows(Stage, Stage.stage),
            epochs=rows(Epoch, Epoch.stage, Epoch.epoch),
            genotypes=rows(GenotypeRow, GenotypeRow.position),
        )
