"""What becomes of searches that a worker lost, and of those that no message names."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from store.queue import QUEUE, create_celery
from store.states import JobState
from tests.support.attempts import claim_search, make_settings
from tests.support.jobs import expire_lease, job_of, make_ring_due, queue_search, state_of
from tests.support.servers import RedisServer, free_port
from worker.recovery import DatabaseHealth, DatabaseStalled, Recovery

pytestmark = pytest.mark.both_databases

LEASE = 90.0
TICK = 5.0


class Clock:
    """Seconds that pass when a test says so: now, or once it has been asked so often again."""

    now = 1000.0

    def __init__(self) -> None:
        self.ahead: list[float] = []

    def __call__(self) -> float:
        if self.ahead:
            self.now += self.ahead.pop(0)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def broker(redis_server: RedisServer) -> Iterator[RedisServer]:
    with redis_server.client() as client:
        client.flushall()
    yield redis_server
    with redis_server.client() as client:
        client.flushall()


def make_recovery(database: Database, home: Path, clock: Clock, redis_url: str) -> Recovery:
    settings = make_settings(home, lease_seconds=LEASE, recovery_seconds=TICK)
    return Recovery(database, create_celery(redis_url), settings, clock)


def look_for(recovery: Recovery, clock: Clock, seconds: float) -> None:
    """Look every few seconds, as a worker does."""
    until = clock.now + seconds
    while clock.now < until:
        recovery.look()
        clock.now += TICK
    recovery.look()


def rung_for(server: RedisServer) -> list[str]:
    with server.client() as client:
        messages = [json.loads(raw) for raw in client.lrange(QUEUE, 0, -1)]
    return [message["headers"]["kwargsrepr"] for message in messages]


class TestLostSearches:
    def test_they_are_queued_again(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        search_id = queue_search(database)
        claim_search(database)
        expire_lease(database, search_id)
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        look_for(recovery, clock, LEASE)
        assert state_of(database, search_id) is JobState.QUEUED
        assert rung_for(broker) == [f"{{'job_id': '{search_id}'}}"]

    def test_the_first_look_after_the_end_of_a_lease_rings_for_them(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        search_id = queue_search(database)
        claim_search(database)
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        look_for(recovery, clock, LEASE)
        assert rung_for(broker) == []
        expire_lease(database, search_id)
        clock.now += TICK
        recovery.look()
        assert rung_for(broker) == [f"{{'job_id': '{search_id}'}}"]

    def test_not_before_the_database_was_healthy_for_a_lease(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        search_id = queue_search(database)
        claim_search(database)
        expire_lease(database, search_id)
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        look_for(recovery, clock, LEASE - TICK)
        assert state_of(database, search_id) is JobState.RUNNING

    def test_not_right_after_a_pause_in_which_nobody_could_beat(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        look_for(recovery, clock, LEASE)
        search_id = queue_search(database)
        claim_search(database)
        expire_lease(database, search_id)
        clock.now += LEASE
        recovery.look()
        assert state_of(database, search_id) is JobState.RUNNING
        look_for(recovery, clock, LEASE)
        assert state_of(database, search_id) is JobState.QUEUED

    def test_not_while_the_database_is_doubted(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        look_for(recovery, clock, LEASE)
        search_id = queue_search(database)
        claim_search(database)
        expire_lease(database, search_id)
        recovery.doubt_database()
        recovery.look()
        assert state_of(database, search_id) is JobState.RUNNING

    def test_not_by_a_statement_that_the_database_held_up(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        look_for(recovery, clock, LEASE)
        search_id = queue_search(database)
        claim_search(database)
        expire_lease(database, search_id)
        clock.ahead = [0, LEASE]
        with pytest.raises(DatabaseStalled):
            recovery.look()
        assert state_of(database, search_id) is JobState.RUNNING

    def test_live_ones_stay(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        search_id = queue_search(database)
        claim_search(database)
        look_for(make_recovery(database, tmp_path, clock, broker.url), clock, 2 * LEASE)
        assert state_of(database, search_id) is JobState.RUNNING


class TestWaitingSearches:
    def test_messages_that_nobody_hears_do_not_pile_up(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        ids = [queue_search(database) for _ in range(3)]
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        for _ in range(4):
            recovery.look()
            for search_id in ids:
                make_ring_due(database, search_id)
        assert len(rung_for(broker)) == len(ids)

    def test_a_message_that_was_heard_in_vain_is_sent_again(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        ids = [queue_search(database) for _ in range(3)]
        recovery = make_recovery(database, tmp_path, clock, broker.url)
        recovery.look()
        with broker.client() as client:
            client.rpop(QUEUE)
        for search_id in ids:
            make_ring_due(database, search_id)
        recovery.look()
        assert len(rung_for(broker)) == len(ids)

    def test_two_recoveries_ring_once(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        queue_search(database)
        for _ in range(2):
            make_recovery(database, tmp_path, clock, broker.url).look()
        assert len(rung_for(broker)) == 1

    def test_a_broker_that_is_down_costs_no_ring(
        self, database: Database, tmp_path: Path, clock: Clock, broker: RedisServer
    ) -> None:
        search_id = queue_search(database)
        make_recovery(database, tmp_path, clock, f"redis://127.0.0.1:{free_port()}/0").look()
        assert job_of(database, search_id).rings == 0
        make_recovery(database, tmp_path, clock, broker.url).look()
        assert len(rung_for(broker)) == 1


class TestDatabaseHealth:
    def test_it_grows_while_answers_come(self, clock: Clock) -> None:
        health = DatabaseHealth(allowed_silence=10, clock=clock)
        for _ in range(4):
            health.answered()
            clock.now += 10
        assert health.seconds == 30

    @pytest.mark.parametrize("failure", ["silence", "error"])
    def test_it_begins_anew_after_a_failure(self, clock: Clock, failure: str) -> None:
        health = DatabaseHealth(allowed_silence=10, clock=clock)
        health.answered()
        clock.now += 10
        health.answered()
        if failure == "error":
            health.failed()
        else:
            clock.now += 10.1
        health.answered()
        assert health.seconds == 0

    def test_there_is_none_before_the_first_answer(self, clock: Clock) -> None:
        assert DatabaseHealth(allowed_silence=10, clock=clock).seconds == 0
