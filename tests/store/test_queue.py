import json
import signal
import threading
from typing import Any

import pytest

from store.queue import QUEUE, RUN_JOB, BackgroundDoorbell, Doorbell, count_messages, create_celery
from tests.support.servers import RedisServer, free_port, wait_until


@pytest.fixture
def doorbell(redis_server: RedisServer) -> Doorbell:
    with redis_server.client() as client:
        client.flushall()
    return Doorbell(create_celery(redis_server.url))


def messages(server: RedisServer) -> list[dict[str, Any]]:
    with server.client() as client:
        return [json.loads(raw) for raw in client.lrange(QUEUE, 0, -1)]


def test_a_message_names_task_and_job_and_expires(
    doorbell: Doorbell, redis_server: RedisServer
) -> None:
    assert doorbell.ring("srch_1")
    (message,) = messages(redis_server)
    headers = message["headers"]
    assert (headers["task"], headers["kwargsrepr"]) == (RUN_JOB, "{'job_id': 'srch_1'}")
    assert headers["expires"] is not None


def test_messages_that_nobody_heard_are_counted(
    doorbell: Doorbell, redis_server: RedisServer
) -> None:
    celery = create_celery(redis_server.url)
    assert count_messages(celery, timeout_seconds=2) == 0
    for number in range(3):
        doorbell.ring(f"srch_{number}")
    assert count_messages(celery, timeout_seconds=2) == 3


def test_a_broker_that_does_not_answer_has_no_count(redis_server: RedisServer) -> None:
    assert (
        count_messages(create_celery(f"redis://127.0.0.1:{free_port()}/0"), timeout_seconds=1)
        is None
    )
    redis_server.signal(signal.SIGSTOP)
    try:
        assert count_messages(create_celery(redis_server.url), timeout_seconds=1) is None
    finally:
        redis_server.signal(signal.SIGCONT)


def test_a_broker_that_is_full_has_no_count_either(
    doorbell: Doorbell, redis_server: RedisServer
) -> None:
    with redis_server.client() as client:
        client.config_set("maxmemory", "1")
        try:
            assert count_messages(create_celery(redis_server.url), timeout_seconds=1) is None
            assert not doorbell.ring("srch_1")
        finally:
            client.config_set("maxmemory", "0")


def test_a_broker_that_is_down_is_no_error() -> None:
    doorbell = Doorbell(create_celery(f"redis://127.0.0.1:{free_port()}/0"))
    assert not doorbell.ring("srch_1")


def test_the_background_doorbell_rings(doorbell: Doorbell, redis_server: RedisServer) -> None:
    others = set(threading.enumerate())
    background = BackgroundDoorbell(doorbell)
    background.start()
    background.ring("srch_1")
    wait_until(lambda: len(messages(redis_server)) == 1, "the message")
    background.stop()
    assert "doorbell" not in {thread.name for thread in set(threading.enumerate()) - others}


def test_a_broker_that_hangs_does_not_hold_up_the_caller(
    doorbell: Doorbell, redis_server: RedisServer
) -> None:
    background = BackgroundDoorbell(doorbell)
    background.start()
    redis_server.signal(signal.SIGSTOP)
    try:
        rung = threading.Event()

        def ring() -> None:
            background.ring("srch_1")
            rung.set()

        caller = threading.Thread(target=ring)
        caller.start()
        assert rung.wait(1), "the ring waited for the broker"
    finally:
        redis_server.signal(signal.SIGCONT)
    wait_until(lambda: len(messages(redis_server)) == 1, "the message")
    background.stop()
