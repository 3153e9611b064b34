from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.database import Database
from store.history import NewEvent
from store.lease import (
    CheckpointPointer,
    Lease,
    LeaseLost,
    beat,
    cancel,
    claim,
    fail,
    pause,
    read_wishes,
    record,
    record_checkpoint,
    release,
    succeed,
)
from store.lifecycle import (
    IllegalMove,
    UnknownJob,
    expire_leases,
    get_job,
    has_status,
    request_cancel,
    request_pause,
    resume,
    retry,
    status_of,
    take_due_rings,
)
from store.states import ErrorCode, JobState, Status
from store.tables import Event, Job
from store.types import db_now
from tests.support.factories import make_search

DONE = NewEvent(type="succeeded", message="done")


def queued(database: Database, **columns: Any) -> str:
    with database.write() as session:
        return make_search(session, **columns)


def claimed(database: Database, job_id: str) -> Lease:
    with database.write() as session:
        lease = claim(session, job_id, worker_id="wrk_1", lease_seconds=90)
    assert lease is not None
    return lease


def expired(database: Database, job_id: str) -> list[str]:
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=db_now(-1)))
        return expire_leases(session)


def job_now(database: Database, job_id: str) -> Job:
    with database.read() as session:
        return get_job(session, job_id)


def history(database: Database, job_id: str) -> list[tuple[int, str]]:
    with database.read() as session:
        rows = session.execute(
            select(Event.seq, Event.type).where(Event.job_id == job_id).order_by(Event.seq)
        )
        return [(row.seq, row.type) for row in rows]


class TestClaim:
    def test_a_queued_job_is_claimed_once(self, database: Database) -> None:
        job_id = queued(database)
        lease = claimed(database, job_id)
        with database.write() as session:
            second = claim(session, job_id, worker_id="wrk_2", lease_seconds=90)
        assert (lease.token, lease.attempt) == (1, 1)
        assert second is None

    def test_the_token_grows_with_every_claim(self, database: Database) -> None:
        job_id = queued(database)
        first = claimed(database, job_id)
        with database.write() as session:
            release(session, first, "stopping")
        assert claimed(database, job_id).token == first.token + 1


class TestGuardedWrites:
    @pytest.mark.parametrize(
        "write",
        [
            lambda session, lease: beat(session, lease, lease_seconds=90),
            lambda session, lease: record(session, lease, event=DONE),
            lambda session, lease: record_checkpoint(
                session, lease, CheckpointPointer(key="k", step=1, sha256="0" * 64)
            ),
            lambda session, lease: succeed(session, lease, DONE),
            lambda session, lease: fail(session, lease, ErrorCode.INTERNAL, "broken"),
            cancel,
            pause,
            lambda session, lease: release(session, lease, "stopping"),
            read_wishes,
        ],
        ids=[
            "beat",
            "record",
            "checkpoint",
            "succeed",
            "fail",
            "cancel",
            "pause",
            "release",
            "read",
        ],
    )
    def test_a_stale_token_writes_nothing(
        self, database: Database, write: Callable[[Session, Lease], object]
    ) -> None:
        job_id = queued(database)
        stale = claimed(database, job_id)
        assert expired(database, job_id) == [job_id]
        fresh = claimed(database, job_id)
        before = history(database, job_id)
        with pytest.raises(LeaseLost), database.write() as session:
            write(session, stale)
        assert history(database, job_id) == before
        assert job_now(database, job_id).lease_token == fresh.token

    def test_an_ended_job_takes_no_further_end(self, database: Database) -> None:
        lease = claimed(database, queued(database))
        with database.write() as session:
            succeed(session, lease, DONE)
        with pytest.raises(LeaseLost), database.write() as session:
            fail(session, lease, ErrorCode.INTERNAL, "too late")
        job = job_now(database, lease.job_id)
        assert (job.state, job.lease_token) == (JobState.SUCCEEDED, lease.token)

    def test_events_are_numbered_without_gaps(self, database: Database) -> None:
        job_id = queued(database)
        lease = claimed(database, job_id)
        for _ in range(3):
            with database.write() as session:
                record(session, lease, event=NewEvent(type="epoch", message="an epoch"))
        assert [seq for seq, _ in history(database, job_id)] == [1, 2, 3, 4, 5]


class TestCancel:
    def test_a_queued_job_is_cancelled_at_once(self, database: Database) -> None:
        job_id = queued(database)
        with database.write() as session:
            request_cancel(session, job_id)
        assert job_now(database, job_id).state is JobState.CANCELLED

    def test_a_running_job_shows_the_wish_until_its_attempt_follows(
        self, database: Database
    ) -> None:
        job_id = queued(database)
        lease = claimed(database, job_id)
        with database.write() as session:
            request_cancel(session, job_id)
            request_cancel(session, job_id)
        assert status_of(job_now(database, job_id)) is Status.CANCELLING
        with database.write() as session:
            assert read_wishes(session, lease).cancel
            cancel(session, lease)
        assert status_of(job_now(database, job_id)) is Status.CANCELLED
        assert [name for _, name in history(database, job_id)][-2:] == [
            "cancel_requested",
            "cancelled",
        ]

    def test_what_has_ended_cannot_be_cancelled(self, database: Database) -> None:
        job_id = queued(database)
        with database.write() as session:
            request_cancel(session, job_id)
        with pytest.raises(IllegalMove, match="cancelled"), database.write() as session:
            request_cancel(session, job_id)

    def test_an_unknown_job_is_named(self, database: Database) -> None:
        with pytest.raises(UnknownJob, match="srch_none"), database.write() as session:
            request_cancel(session, "srch_none")


class TestPause:
    def test_a_paused_job_is_resumed(self, database: Database) -> None:
        job_id = queued(database)
        lease = claimed(database, job_id)
        with database.write() as session:
            request_pause(session, job_id)
        assert status_of(job_now(database, job_id)) is Status.PAUSING
        with database.write() as session:
            pause(session, lease)
        assert status_of(job_now(database, job_id)) is Status.PAUSED
        with database.write() as session:
            resume(session, job_id)
        assert claimed(database, job_id).attempt == 2

    def test_the_wish_to_pause_is_taken_back(self, database: Database) -> None:
        job_id = queued(database)
        claimed(database, job_id)
        with database.write() as session:
            request_pause(session, job_id)
            resume(session, job_id)
        assert status_of(job_now(database, job_id)) is Status.RUNNING

    def test_what_is_to_be_cancelled_takes_no_wish_to_pause(self, database: Database) -> None:
        job_id = queued(database)
        claimed(database, job_id)
        with database.write() as session:
            request_cancel(session, job_id)
        with pytest.raises(IllegalMove, match="cancelling"), database.write() as session:
            request_pause(session, job_id)
        assert job_now(database, job_id).pause_requested_at is None

    def test_the_wish_to_cancel_comes_after_the_wish_to_pause(self, database: Database) -> None:
        job_id = queued(database)
        claimed(database, job_id)
        for ask in (request_pause, request_pause, request_cancel, request_cancel):
            with database.write() as session:
                ask(session, job_id)
        assert status_of(job_now(database, job_id)) is Status.CANCELLING
        asked = [kind for _, kind in history(database, job_id)[2:]]
        assert asked == ["pause_requested", "cancel_requested"]

    def test_only_a_paused_job_is_resumed(self, database: Database) -> None:
        job_id = queued(database)
        with pytest.raises(IllegalMove, match="queued"), database.write() as session:
            resume(session, job_id)


class TestExpiry:
    def test_a_live_lease_stays(self, database: Database) -> None:
        claimed(database, queued(database))
        with database.write() as session:
            assert expire_leases(session) == []

    def test_attempts_without_progress_are_bounded(self, database: Database) -> None:
        job_id = queued(database, max_attempts=2)
        for _ in range(2):
            claimed(database, job_id)
            assert expired(database, job_id) == [job_id]
        job = job_now(database, job_id)
        assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.WORKER_LOST)

    def test_the_last_loss_tells_its_code_in_the_history(self, database: Database) -> None:
        job_id = queued(database, max_attempts=1)
        claimed(database, job_id)
        expired(database, job_id)
        with database.read() as session:
            told = session.scalar(select(Event.data).where(Event.type == "failed"))
        assert told == {"attempt": 1, "worker": "wrk_1", "code": "worker_lost"}

    def test_a_checkpoint_starts_the_count_anew(self, database: Database) -> None:
        job_id = queued(database, max_attempts=2)
        for step in range(4):
            lease = claimed(database, job_id)
            with database.write() as session:
                pointer = CheckpointPointer(key="k", step=step, sha256="0" * 64)
                record_checkpoint(session, lease, pointer)
            expired(database, job_id)
        assert job_now(database, job_id).state is JobState.QUEUED

    def test_a_release_is_no_lost_attempt(self, database: Database) -> None:
        job_id = queued(database, max_attempts=2)
        for _ in range(5):
            lease = claimed(database, job_id)
            with database.write() as session:
                release(session, lease, "stopping")
        assert job_now(database, job_id).attempts_without_progress == 0

    def test_the_wish_to_cancel_outlives_the_worker(self, database: Database) -> None:
        job_id = queued(database)
        claimed(database, job_id)
        with database.write() as session:
            request_cancel(session, job_id)
        expired(database, job_id)
        assert job_now(database, job_id).state is JobState.CANCELLED

    def test_a_failed_job_is_tried_again(self, database: Database) -> None:
        job_id = queued(database)
        lease = claimed(database, job_id)
        with database.write() as session:
            fail(session, lease, ErrorCode.DIVERGED, "the loss is not finite")
        with database.write() as session:
            retry(session, job_id)
        job = job_now(database, job_id)
        assert (job.state, job.error_code, job.finished_at) == (JobState.QUEUED, None, None)


class TestRings:
    def test_a_new_job_is_left_to_its_first_ring(self, database: Database) -> None:
        queued(database)
        with database.write() as session:
            assert take_due_rings(session) == []

    def test_a_due_job_is_rung_for_once(self, database: Database) -> None:
        job_id = queued(database)
        with database.write() as session:
            session.execute(update(Job).values(dispatch_after=db_now(-1)))
            assert take_due_rings(session) == [job_id]
        with database.write() as session:
            assert take_due_rings(session) == []


@pytest.mark.parametrize("status", list(Status))
def test_the_filter_agrees_with_what_is_shown(database: Database, status: Status) -> None:
    with database.write() as session:
        for state in JobState:
            for cancel_at in (None, db_now()):
                for pause_at in (None, db_now()):
                    make_search(
                        session,
                        state=state,
                        cancel_requested_at=cancel_at,
                        pause_requested_at=pause_at,
                    )
    with database.read() as session:
        shown = {job.id for job in session.scalars(select(Job)) if status_of(job) is status}
        found = set(session.scalars(select(Job.id).where(has_status(status))))
    assert found == shown != set()
