"""What is tried again, when, and that it is carried out once."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest

from cli.client import (
    Client,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Outdated,
    Retries,
    ServiceError,
    ServiceUnavailable,
    ServiceUnreachable,
    TooManyRequests,
    Unauthenticated,
    UnexpectedAnswer,
)
from cli.client.call import Call, as_nothing
from tests.support.clients import QUICK, opened
from tests.support.flaky import Scripted, scripted

CAPACITY = Scripted(body='{"workers": 1, "busy": 0, "idle": 1, "queued": 0}')
BROKEN_OFF = Scripted(breaks_off=True)
IN_FLIGHT = Scripted(status=409, body='{"code": "request_in_flight", "title": "Being served"}')


def moved(client: Client) -> None:
    """Make a call that acts."""
    client.send(Call(method="POST", path="/x", read=as_nothing, headers={"Idempotency-Key": "k"}))


@pytest.mark.parametrize(
    "failure",
    [Scripted(status=429), Scripted(status=502), Scripted(status=503), IN_FLIGHT, BROKEN_OFF],
    ids=["too many", "bad gateway", "unavailable", "in flight", "broken off"],
)
def test_what_passes_is_tried_again(kind: str, failure: Scripted) -> None:
    with scripted(failure, failure, CAPACITY) as server, opened(kind, server.url) as client:
        assert client.get_capacity().idle == 1
        assert len(server.received) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequest),
        (401, Unauthenticated),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (412, Outdated),
        (422, InvalidRequest),
        (500, ServiceError),
    ],
)
def test_what_stays_is_told_at_once(kind: str, status: int, error: type[ServiceError]) -> None:
    with scripted(Scripted(status=status)) as server, opened(kind, server.url) as client:
        with pytest.raises(error) as caught:
            client.get_capacity()
        assert caught.value.status == status
        assert len(server.received) == 1


def test_the_seconds_that_the_service_asks_for_are_waited(kind: str) -> None:
    busy = Scripted(status=503, headers={"Retry-After": "1"})
    with scripted(busy, CAPACITY) as server, opened(kind, server.url) as client:
        begun = time.monotonic()
        client.get_capacity()
        assert time.monotonic() - begun >= 1


def test_the_moment_that_the_service_names_is_awaited(kind: str) -> None:
    # A date has whole seconds, so that this one is 1 to 2 seconds away.
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    busy = Scripted(status=429, headers={"Retry-After": format_datetime(moment, usegmt=True)})
    with scripted(busy, CAPACITY) as server, opened(kind, server.url) as client:
        client.get_capacity()
        assert datetime.now(UTC) >= moment


def test_a_wait_beyond_the_patience_is_not_begun(kind: str) -> None:
    full = Scripted(status=429, headers={"Retry-After": "3600"})
    with scripted(full) as server, opened(kind, server.url) as client:
        with pytest.raises(TooManyRequests) as caught:
            client.get_capacity()
        assert caught.value.retry_after == 3600


@pytest.mark.parametrize("header", ["soon", "-1", "", "Wed, 99 Nov 2026 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(kind: str, header: str) -> None:
    busy = Scripted(status=503, headers={"Retry-After": header})
    with scripted(busy, CAPACITY) as server, opened(kind, server.url) as client:
        assert client.get_capacity().idle == 1


def test_the_attempts_are_bounded(kind: str) -> None:
    busy = [Scripted(status=503)] * 4
    retries = Retries(attempts=3, first_wait_seconds=0.01)
    with scripted(*busy) as server, opened(kind, server.url, retries) as client:
        with pytest.raises(ServiceUnavailable):
            client.get_capacity()
        assert len(server.received) == 3


def test_a_post_keeps_its_key_over_all_attempts(kind: str) -> None:
    refused = Scripted(status=422)
    with scripted(BROKEN_OFF, IN_FLIGHT, refused, refused) as server:
        with opened(kind, server.url) as client:
            for _ in range(2):
                with pytest.raises(InvalidRequest):
                    client.create_search(dataset="digits")
        *first, second = (UUID(request.headers["idempotency-key"]) for request in server.received)
        assert len(set(first)) == 1
        assert second not in first


def test_what_could_be_done_twice_is_not_repeated_after_a_lost_answer(kind: str) -> None:
    call = Call(method="POST", path="/x", read=as_nothing, is_repeatable=False)
    with scripted(BROKEN_OFF) as server, opened(kind, server.url) as client:
        with pytest.raises(ServiceUnreachable):
            client.send(call)
        assert len(server.received) == 1


def test_a_delete_whose_answer_was_lost_has_deleted(kind: str) -> None:
    gone = Scripted(status=404)
    with scripted(BROKEN_OFF, gone, gone) as server, opened(kind, server.url) as client:
        client.delete_search("srch_1")
        with pytest.raises(NotFound):
            client.delete_search("srch_1")


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"workers": "many"}'])
def test_an_answer_that_is_none_of_ours_is_an_error(kind: str, body: str) -> None:
    with (
        scripted(Scripted(body=body)) as server,
        opened(kind, server.url) as client,
        pytest.raises(UnexpectedAnswer),
    ):
        client.get_capacity()


def test_a_redirect_tells_where_it_leads(kind: str) -> None:
    elsewhere = Scripted(status=308, headers={"Location": "https://pdarts.example/v1/capacity"})
    with (
        scripted(elsewhere) as server,
        opened(kind, server.url) as client,
        pytest.raises(ServiceError, match=r"https://pdarts\.example"),
    ):
        client.get_capacity()


def test_the_key_goes_with_every_request(kind: str) -> None:
    with scripted(CAPACITY) as server, opened(kind, server.url, QUICK, api_key="pdk_1") as client:
        client.get_capacity()
        assert server.received[0].headers["authorization"] == "Bearer pdk_1"
