"""Where word of changed jobs goes."""

import pytest

from store.news import NewsPublisher, redis_client_url


@pytest.mark.parametrize(
    ("broker", "client"),
    [
        ("redis://host:6379/1", "redis://host:6379/1"),
        ("rediss://host", "rediss://host"),
        ("redis+socket:///run/redis.sock", "unix:///run/redis.sock"),
        ("redis+socket:///run/redis.sock?virtual_host=1", "unix:///run/redis.sock"),
        ("filesystem://", None),
    ],
)
def test_a_broker_is_found_by_redis_own_client(broker: str, client: str | None) -> None:
    assert redis_client_url(broker) == client


@pytest.mark.parametrize("broker", ["filesystem://", "redis://127.0.0.1:1"])
def test_without_redis_nothing_is_told_and_nobody_held_up(broker: str) -> None:
    publisher = NewsPublisher(broker)
    publisher.start()
    publisher.tell({"srch_1"})
    publisher.tell({"srch_2"})
    publisher.stop()
