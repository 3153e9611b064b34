"""A kind of job that the service has never heard of is claimed, run, moved and taken over."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from store.artifact_stores import open_artifacts
from store.database import Database
from store.kinds import KINDS, SEARCH, Kind, kind_of_id, register
from store.lifecycle import request_pause, resume
from store.states import ErrorCode, JobState
from store.tables import Delivery, Job, Webhook
from store.types import db_now
from tests.support.attempts import WORKER_ID, make_settings, run_attempt
from tests.support.counting import COUNT, queue_count
from tests.support.jobs import (
    event_types,
    events_of,
    job_of,
    queue_search,
    take_from_its_worker,
    wait_for_event,
)
from tests.support.one_attempt import attempt_environment, start_attempt
from worker.claims import claim_next
from worker.kinds.registry import WORKER_KINDS
from worker.sweeping import Sweeper


def claimed_by(database: Database, *kinds: str) -> str | None:
    """Claim as a worker that can run these kinds, and return the job."""
    with database.write() as session:
        claimed = claim_next(
            session, worker_id=WORKER_ID, lease_seconds=90, has_cuda=False, kinds=kinds
        )
    return None if claimed is None else claimed.lease.job_id


def numbers_told(database: Database, count_id: str) -> list[int]:
    return [e.data["reached"] for e in events_of(database, count_id) if e.type == "counted"]


class TestRegistry:
    def test_a_kind_is_found_by_its_name_and_by_an_id(self, database: Database) -> None:
        assert KINDS["count"] is COUNT
        assert kind_of_id(queue_count(database)) is COUNT
        assert kind_of_id(queue_search(database)) is SEARCH
        assert kind_of_id("gt_06dn5q2s3o8mhf2v0c1k7t4b9g") is None

    @pytest.mark.parametrize(("name", "prefix"), [("count", "new"), ("new", "cnt")])
    def test_two_kinds_cannot_have_a_name_or_prefix_in_common(self, name: str, prefix: str) -> None:
        again = Kind(name=name, noun="n", plural="ns", id_prefix=prefix, id_field="n_id")
        with pytest.raises(ValueError, match="told apart"):
            register(again)


class TestQueue:
    def test_kinds_wait_in_one_line(self, database: Database) -> None:
        first, second = queue_count(database), queue_search(database)
        urgent = queue_count(database, priority=1)
        taken = [claimed_by(database, *WORKER_KINDS) for _ in range(4)]
        assert taken == [urgent, first, second, None]

    def test_it_is_fair_between_owners_whatever_kind_theirs_is(self, database: Database) -> None:
        mine = [queue_count(database, owner="ada") for _ in range(2)]
        queue_search(database)
        taken = [claimed_by(database, *WORKER_KINDS) for _ in range(3)]
        assert taken.index(mine[1]) == 2

    def test_a_worker_leaves_what_it_cannot_run(self, database: Database) -> None:
        count_id, search_id = queue_count(database), queue_search(database)
        assert claimed_by(database, "search") == search_id
        assert claimed_by(database, "search") is None
        assert claimed_by(database, "count") == count_id


class TestAttempts:
    def test_it_is_run_to_its_end(self, database: Database, tmp_path: Path) -> None:
        count_id = queue_count(database, to=3)
        run_attempt(database, tmp_path)
        job = job_of(database, count_id)
        assert (job.state, job.progress_fraction) == (JobState.SUCCEEDED, 1.0)
        assert job.progress == {"reached": 3}
        assert event_types(database, count_id) == [
            "submitted",
            "attempt_started",
            *["counted"] * 3,
            "succeeded",
        ]

    def test_it_goes_on_from_where_its_worker_left_it(
        self, database: Database, tmp_path: Path
    ) -> None:
        count_id = queue_count(database, to=5)
        run_attempt(database, tmp_path, at_step=lambda step: step == 2)
        assert job_of(database, count_id).state is JobState.QUEUED
        run_attempt(database, tmp_path)
        assert numbers_told(database, count_id) == [1, 2, 3, 4, 5]
        assert job_of(database, count_id).state is JobState.SUCCEEDED

    def test_it_follows_the_wish_to_pause(self, database: Database, tmp_path: Path) -> None:
        count_id = queue_count(database, to=10_000)

        def pause_once(step: int) -> bool:
            if step == 2:
                with database.write() as session:
                    request_pause(session, count_id)
            return False

        run_attempt(database, tmp_path, at_step=pause_once)
        assert job_of(database, count_id).state is JobState.PAUSED
        with database.write() as session:
            resume(session, count_id)
        assert job_of(database, count_id).state is JobState.QUEUED

    def test_a_checkpoint_that_cannot_be_read_is_passed_over(
        self, database: Database, tmp_path: Path
    ) -> None:
        count_id = queue_count(database, to=5)
        run_attempt(database, tmp_path, at_step=lambda step: step == 3)
        newest = tmp_path / "artifacts" / (job_of(database, count_id).checkpoint_key or "")
        newest.write_bytes(b"damaged")
        run_attempt(database, tmp_path)
        assert "checkpoint_rejected" in event_types(database, count_id)
        assert job_of(database, count_id).state is JobState.SUCCEEDED

    def test_its_own_errors_are_told_in_its_own_words(
        self, database: Database, tmp_path: Path
    ) -> None:
        count_id = queue_count(database, to=5, fails_at=3)
        run_attempt(database, tmp_path)
        job = job_of(database, count_id)
        assert (job.state, job.error_code) == (JobState.FAILED, ErrorCode.DIVERGED)
        assert job.error_message == "it went astray: what comes after 2?"

    def test_a_spec_that_makes_none_fails(self, database: Database, tmp_path: Path) -> None:
        count_id = queue_count(database, to="many")
        run_attempt(database, tmp_path)
        assert job_of(database, count_id).error_code is ErrorCode.INTERNAL

    def test_another_worker_takes_over_when_one_dies(
        self, database: Database, tmp_path: Path
    ) -> None:
        count_id = queue_count(database, to=40, seconds=0.2)
        environment = attempt_environment(tmp_path, database)
        dying = start_attempt(environment, tmp_path, first=("tests.support.counting",))
        wait_for_event(database, count_id, "counted", 2)
        dying.kill()
        dying.wait()
        take_from_its_worker(database, count_id)
        with database.write() as session:
            spec = {"to": 40, "seconds": 0.0}
            session.execute(update(Job).where(Job.id == count_id).values(spec=spec))
        run_attempt(database, tmp_path)
        assert job_of(database, count_id).state is JobState.SUCCEEDED
        assert numbers_told(database, count_id) == [*range(1, 41)]
        assert "attempt_lost" in event_types(database, count_id)


def test_webhooks_are_told_of_it_by_its_own_names(database: Database, tmp_path: Path) -> None:
    events = ["count.succeeded", "search.succeeded"]
    with database.write() as session:
        hook = {"url": "https://example.org", "events": events, "secret": ""}
        session.add(Webhook(id="whk_1", owner="local", **hook))
    count_id = queue_count(database, to=1)
    run_attempt(database, tmp_path)
    with database.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.event, delivery.job_id) == ("count.succeeded", count_id)
    assert f'"count_id":"{count_id}"' in delivery.payload
    assert '"reached":1' in delivery.payload
    assert "told to nobody" not in delivery.payload


def test_its_checkpoints_are_swept_when_it_has_long_ended(
    database: Database, tmp_path: Path
) -> None:
    count_id = queue_count(database, to=1)
    run_attempt(database, tmp_path)
    artifacts = open_artifacts(make_settings(tmp_path).artifacts_url)
    sweeper = Sweeper(database, artifacts, WORKER_KINDS, kept_seconds=100)
    sweeper.sweep()
    assert artifacts.keys(count_id) != []
    with database.write() as session:
        session.execute(update(Job).where(Job.id == count_id).values(finished_at=db_now(-200)))
    sweeper.sweep()
    assert artifacts.keys(count_id) == []
