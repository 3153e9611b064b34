"""Events as they happen, whatever becomes of the connection."""

import json
import threading
from collections.abc import Iterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.client import Client, Event, NotFound, Search, ServiceUnreachable
from cli.client.server_sent_events import MessageReader
from tests.support.clients import opened
from tests.support.flaky import Scripted, Wire, scripted, wire_to

END = 'event: end\ndata: {"status": "succeeded"}\n\n'
NO_PAUSE = "retry: 1\n\n"
TEXT = (
    "retry: 5\n\n: a comment\n\nid: 1\nevent: a\ndata: one\r\ndata: two\u2028\n\n"
    "id: 2\rdata:\r\rdata: cut"
)


def line(seq: int) -> str:
    """An event as the service sends it."""
    event = {"seq": seq, "type": "x", "level": "info", "message": "", "data": {}}
    return f"id: {seq}\ndata: {json.dumps(event | {'time': '2026-01-01T00:00:00Z'})}\n\n"


@pytest.fixture
def wire(service_url: str) -> Iterator[Wire]:
    with wire_to(httpx.URL(service_url).port or 0) as wire:
        yield wire


def submitted(client: Client) -> Search:
    return client.create_search(dataset="digits", preset="quick")


def test_they_come_in_their_order_and_end_with_the_search(client: Client) -> None:
    search = submitted(client)
    search.pause()
    search.cancel()
    assert [event.seq for event in search.events()] == [1, 2, 3]
    assert [event.type for event in search.events(after=1)] == ["paused", "cancelled"]
    assert list(search.events(after=3)) == []


def test_they_come_as_they_happen(client: Client) -> None:
    search = submitted(client)
    events = search.events()
    assert next(events).type == "submitted"
    client.pause_search(search.id)
    assert next(events).type == "paused"
    client.cancel_search(search.id)
    assert [event.type for event in events] == ["cancelled"]


def test_a_connection_that_breaks_loses_none(kind: str, client: Client, wire: Wire) -> None:
    search = submitted(client)
    with opened(kind, wire.url) as cut_off:
        events = cut_off.follow_search(search.id)
        assert next(events).seq == 1
        wire.cut()
        client.pause_search(search.id)
        client.cancel_search(search.id)
        assert [event.seq for event in events] == [2, 3]
    assert wire.connections > 1


def test_a_service_that_is_away_is_found_again(kind: str, service_url: str, client: Client) -> None:
    search, target = submitted(client), httpx.URL(service_url).port or 0
    with wire_to(target) as wire, opened(kind, wire.url) as cut_off:
        events = cut_off.follow_search(search.id)
        assert next(events).seq == 1
        wire.close()
        client.cancel_search(search.id)
        rest: list[Event] = []
        reading = threading.Thread(target=lambda: rest.extend(events))
        reading.start()
        with wire_to(target, port=wire.port):
            reading.join()
    assert [event.seq for event in rest] == [2]


def test_the_last_event_is_named_at_the_next_connection(kind: str) -> None:
    first = Scripted(body=NO_PAUSE + line(1) + line(2) + 'data: {"seq": 3, "ty')
    second = Scripted(body=line(3) + END)
    with scripted(first, second) as server, opened(kind, server.url) as client:
        assert [event.seq for event in client.follow_search("srch_1")] == [1, 2, 3]
        assert [one.headers["last-event-id"] for one in server.received] == ["0", "2"]


def test_a_search_that_is_deleted_meanwhile_is_told(kind: str) -> None:
    first, second = Scripted(body=NO_PAUSE + line(1)), Scripted(status=404)
    with scripted(first, second) as server, opened(kind, server.url) as client:
        events = client.follow_search("srch_1")
        assert next(events).seq == 1
        with pytest.raises(NotFound):
            next(events)


def test_connections_that_say_nothing_are_not_opened_for_ever(kind: str) -> None:
    silence = [Scripted(body="")] * 50
    with (
        scripted(Scripted(body=NO_PAUSE), *silence) as server,
        opened(kind, server.url) as client,
        pytest.raises(ServiceUnreachable),
    ):
        list(client.follow_search("srch_1"))


@given(st.lists(st.integers(0, len(TEXT.encode()))))
def test_messages_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    raw, places = TEXT.encode(), [0, *sorted(cuts), len(TEXT.encode())]
    reader = MessageReader()
    chunks = [raw[start:end] for start, end in pairwise(places)]
    found = [message for chunk in chunks for message in reader.feed(chunk)]
    assert [(m.name, m.data, m.last_id) for m in found] == [
        ("a", "one\ntwo\u2028", "1"),
        ("message", "", "2"),
    ]
    assert reader.retry_seconds == 0.005
