"""The order in which queued jobs run."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, text, update

from store.database import Database
from store.kinds import SEARCH
from store.lease import CheckpointPointer, claim, record_checkpoint, release
from store.lifecycle import request_pause, resume
from store.states import JobState
from store.tables import Job
from store.types import db_now
from store.waiting import ids_ahead, next_in_line, place_of_new
from tests.support.databases import delete_all_rows
from tests.support.factories import make_search
from tests.support.jobs import end_wait

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def queued(database: Database, owner: str = "local", **columns: Any) -> str:
    with database.write() as session:
        return make_search(session, owner=owner, **columns)


def line(database: Database) -> list[str]:
    with database.read() as session:
        return list(next_in_line(session))


def start(database: Database, job_id: str) -> None:
    with database.write() as session:
        assert claim(session, job_id, worker_id="wrk_test", lease_seconds=90) is not None


def test_jobs_wait_by_priority_then_age(database: Database) -> None:
    old, new, urgent = queued(database), queued(database), queued(database, priority=5)
    assert line(database) == [urgent, old, new]


def test_owners_take_turns(database: Database) -> None:
    many = [queued(database, "many") for _ in range(3)]
    few = queued(database, "few")
    assert line(database) == [many[0], few, *many[1:]]


def test_what_runs_counts(database: Database) -> None:
    first, second = queued(database, "busy"), queued(database, "busy")
    late = queued(database, "idle")
    start(database, first)
    assert line(database) == [late, second]


@pytest.mark.parametrize("owner", ["many", "few", "new"])
@pytest.mark.parametrize("priority", [-1, 0, 1])
def test_the_place_of_a_new_job_is_where_it_comes_to_stand(
    database: Database, owner: str, priority: int
) -> None:
    start(database, queued(database, "many"))
    for priority_of_others in (0, 0, 1, -1):
        queued(database, "many", priority=priority_of_others)
    queued(database, "few")
    with database.read() as session:
        ahead = session.scalars(ids_ahead(place_of_new(session, owner, priority))).all()
    new = queued(database, owner, priority=priority)
    found = line(database)
    assert found[: found.index(new)] == ahead


def test_priority_comes_before_fairness(database: Database) -> None:
    first, urgent = queued(database, "busy"), queued(database, "busy", priority=1)
    late = queued(database, "idle")
    start(database, first)
    assert line(database) == [urgent, late]


def test_a_job_given_back_keeps_its_age(database: Database) -> None:
    old, new = queued(database), queued(database)
    with database.write() as session:
        lease = claim(session, old, worker_id="wrk_test", lease_seconds=90)
        assert lease is not None
        release(session, lease, "stopping")
    assert line(database) == [old, new]


def give_back_to_wait(database: Database, job_id: str) -> float:
    """Give a job back as one whose files are away; return how many seconds it waits."""
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job_id).values(not_before=db_now(-1)))
        lease = claim(session, job_id, worker_id="wrk_test", lease_seconds=0)
        assert lease is not None
        release(session, lease, "no room", wait_seconds=60)
        of_job = select(db_now(), Job.not_before).where(Job.id == job_id)
        now, until = session.execute(of_job).one()
    assert until is not None
    return (until - now).total_seconds()


def test_a_job_given_back_to_wait_is_not_in_the_line(database: Database) -> None:
    old, new = queued(database), queued(database)
    give_back_to_wait(database, old)
    assert line(database) == [new]
    with database.read() as session:
        place = place_of_new(session, "local", 0)
        assert session.scalars(ids_ahead(place)).all() == [new]
    end_wait(database, old)
    assert line(database) == [old, new]


def test_it_waits_longer_each_time(database: Database) -> None:
    job_id = queued(database)
    waits = [give_back_to_wait(database, job_id) for _ in range(6)]
    assert waits == pytest.approx([60, 120, 240, 480, 900, 900], abs=20)


def test_progress_makes_its_waits_short_again(database: Database) -> None:
    job_id = queued(database)
    give_back_to_wait(database, job_id)
    end_wait(database, job_id)
    with database.write() as session:
        lease = claim(session, job_id, worker_id="wrk_test", lease_seconds=90)
        assert lease is not None
        record_checkpoint(session, lease, CheckpointPointer(key="a", step=1, sha256="0" * 64))
        release(session, lease, "no room", wait_seconds=60)
    assert give_back_to_wait(database, job_id) == pytest.approx(120, abs=20)


def test_its_owner_ends_the_wait(database: Database) -> None:
    job_id = queued(database)
    give_back_to_wait(database, job_id)
    with database.write() as session:
        request_pause(session, job_id)
        resume(session, job_id)
    assert line(database) == [job_id]


@pytest.mark.parametrize("workers", [1, 3])
def test_no_owner_waits_for_ever_behind_one_who_never_rests(
    database: Database, workers: int
) -> None:
    ended, running = Counter[str](), list[str]()
    for owner in ("small", "greedy", "greedy", "greedy", "greedy"):
        queued(database, owner)
    while ended["small"] < 5:
        while len(running) < workers:
            job_id = line(database)[0]
            start(database, job_id)
            running.append(job_id)
        with database.write() as session:
            job = session.get_one(Job, running.pop(0))
            job.state = JobState.SUCCEEDED
        ended[job.owner] += 1
        queued(database, job.owner)
        assert ended["greedy"] <= 5 * (ended["small"] + 1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=12))
def test_the_line_is_what_claims_one_by_one_would_give(
    database: Database, jobs: list[tuple[str, int]]
) -> None:
    delete_all_rows(database)
    for owner, priority in jobs:
        queued(database, owner, priority=priority)
    foretold = line(database)
    claimed = []
    while waiting := line(database):
        start(database, waiting[0])
        claimed.append(waiting[0])
    assert claimed == foretold


def plan_of_line(database: Database) -> str:
    """Ask the database how it finds who is next."""
    asked = []
    with database.read() as session:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        next_in_line(session)
        ((statement, values),) = asked
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        return "\n".join(map(str, connection.exec_driver_sql(f"{explain} {statement}", values)))


def test_what_has_ended_is_not_looked_at(database: Database) -> None:
    states = [JobState.SUCCEEDED] * 20 + [JobState.QUEUED]
    rows = [
        {
            "id": f"srch_{number}",
            "kind": SEARCH.name,
            "owner": f"owner {number % 50}",
            "state": states[number % len(states)],
            "created_at": LONG_AGO + timedelta(seconds=number),
            "dispatch_after": LONG_AGO,
        }
        for number in range(10_000)
    ]
    with database.write() as session:
        session.execute(insert(Job), rows)
    with database.write() as session:
        session.execute(text("ANALYZE"))
    plan = plan_of_line(database)
    assert "ix_jobs_state_owner_priority_created_at" in plan
    assert "SCAN jobs" not in plan
    assert "Seq Scan on jobs" not in plan
