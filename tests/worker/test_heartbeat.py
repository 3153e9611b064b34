"""How an attempt keeps its lease, and what it hears meanwhile."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from store.database import Database
from store.lease import Progress, record
from store.lifecycle import request_cancel, request_pause, resume
from tests.support.attempts import claim_search, make_settings
from tests.support.jobs import job_of, queue_search, take_from_its_worker
from tests.support.servers import wait_until
from worker.heartbeat import Heartbeat

PLACE = {"stage": 2, "epoch": 1, "phase": "weights"}
HALF_WAY = Progress(fraction=0.5, place=PLACE, remaining_seconds=60.0)
FURTHER = Progress(fraction=0.75, place=PLACE, remaining_seconds=30.0)


@pytest.fixture
def search_id(database: Database) -> str:
    return queue_search(database)


def beating(
    database: Database,
    tmp_path: Path,
    *,
    lease_seconds: float = 90.0,
    progress: Progress | None = None,
) -> Heartbeat:
    lease = claim_search(database, lease_seconds=lease_seconds).lease
    settings = make_settings(tmp_path, lease_seconds=lease_seconds)
    return Heartbeat(database, lease, settings, lambda: progress)


def test_a_lease_is_prolonged_past_its_first_term(
    database: Database, search_id: str, tmp_path: Path
) -> None:
    with beating(database, tmp_path, lease_seconds=0.6):
        first_term = job_of(database, search_id).lease_until
        assert first_term is not None

        def is_prolonged() -> bool:
            lease_until = job_of(database, search_id).lease_until
            return lease_until is not None and lease_until > first_term

        wait_until(is_prolonged, "a longer lease")


def test_wishes_are_heard_and_their_taking_back(
    database: Database, search_id: str, tmp_path: Path
) -> None:
    with beating(database, tmp_path) as heartbeat:
        with database.write() as session:
            request_pause(session, search_id)
        wait_until(lambda: heartbeat.wishes.pause, "the wish to pause")
        with database.write() as session:
            resume(session, search_id)
        wait_until(lambda: not heartbeat.wishes.pause, "its taking back")
        with database.write() as session:
            request_cancel(session, search_id)
        wait_until(lambda: heartbeat.wishes.cancel, "the wish to cancel")


def test_a_lease_that_was_taken_is_no_longer_held(
    database: Database, search_id: str, tmp_path: Path
) -> None:
    with beating(database, tmp_path) as heartbeat:
        assert heartbeat.is_held
        take_from_its_worker(database, search_id)
        wait_until(lambda: not heartbeat.is_held, "the loss")


def test_a_database_that_is_gone_ends_the_lease_in_time(
    database: Database, search_id: str, tmp_path: Path
) -> None:
    lease = claim_search(database).lease
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    settings = make_settings(tmp_path, lease_seconds=3)
    with Heartbeat(nowhere, lease, settings, lambda: None) as heartbeat:
        assert heartbeat.is_held
        wait_until(lambda: not heartbeat.is_held, "the end of the lease")
    nowhere.close()


def test_progress_is_written_along(database: Database, search_id: str, tmp_path: Path) -> None:
    with beating(database, tmp_path, progress=HALF_WAY):
        wait_until(lambda: job_of(database, search_id).progress_fraction == 0.5, "the progress")
    job = job_of(database, search_id)
    assert job.progress == PLACE
    assert job.finish_expected_at is not None


def test_progress_that_stands_still_is_written_once(
    database: Database, search_id: str, tmp_path: Path
) -> None:
    with beating(database, tmp_path, lease_seconds=0.6, progress=HALF_WAY):
        wait_until(lambda: job_of(database, search_id).progress_fraction == 0.5, "the progress")
        written = job_of(database, search_id)
        wait_until(
            lambda: job_of(database, search_id).lease_until != written.lease_until, "another beat"
        )
        assert job_of(database, search_id).version == written.version


def test_progress_written_meanwhile_is_not_overwritten_by_older(
    database: Database, search_id: str, tmp_path: Path
) -> None:
    lease = claim_search(database).lease
    newest = HALF_WAY
    was_asked = threading.Event()

    def progress() -> Progress:
        was_asked.set()
        return newest

    first_term = job_of(database, search_id).lease_until
    with ExitStack() as left_later:
        with database.write() as session:
            record(session, lease, progress=FURTHER)
            heartbeat = Heartbeat(database, lease, make_settings(tmp_path), progress)
            left_later.enter_context(heartbeat)
            assert was_asked.wait(30), "the heartbeat asks for the progress"
            newest = FURTHER
        wait_until(lambda: job_of(database, search_id).lease_until != first_term, "a beat")
    assert job_of(database, search_id).progress_fraction == FURTHER.fraction
