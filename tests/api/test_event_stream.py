"""Following a search over server-sent events."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.endpoint import event_stream
from api.resources import news
from store.database import Database
from store.history import NewEvent
from store.lease import record, succeed
from tests.api.calls import problem, submit
from tests.api.crowd import calling
from tests.api.work import end_badly, start

Message = dict[str, str]


def messages(answer: httpx.Response) -> Iterator[Message]:
    """Read messages as the HTML standard has it, comments and `retry` left out."""
    message: Message = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if not line and "data" in message:
            yield message
        if not line:
            message = {}
        elif name in {"id", "event", "data"}:
            message[name] = value


def types(found: list[Message]) -> list[str]:
    return [message.get("event") or json.loads(message["data"])["type"] for message in found]


def follow(client: httpx.Client, search_id: str, **words: Any) -> list[Message]:
    with client.stream("GET", f"/searches/{search_id}/events/stream", **words) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(messages(answer))


@pytest.fixture
def ended(client: httpx.Client, database: Database) -> str:
    search_id = submit(client)
    end_badly(database, search_id)
    return search_id


def test_what_has_happened_is_told_and_then_the_end(client: httpx.Client, ended: str) -> None:
    found = follow(client, ended)
    assert types(found) == ["submitted", "attempt_started", "failed", "end"]
    assert [message.get("id") for message in found] == ["1", "2", "3", None]
    assert json.loads(found[-1]["data"]) == {"status": "failed"}
    listed = client.get(f"/searches/{ended}/events").json()["data"]
    assert [json.loads(message["data"]) for message in found[:-1]] == listed


def test_a_reader_that_lost_the_connection_misses_none(client: httpx.Client, ended: str) -> None:
    assert types(follow(client, ended, headers={"Last-Event-ID": "2"})) == ["failed", "end"]
    assert types(follow(client, ended, params={"after": 2})) == ["failed", "end"]
    both = {"headers": {"Last-Event-ID": "2"}, "params": {"after": 0}}
    assert types(follow(client, ended, **both)) == ["failed", "end"]


def test_one_that_has_all_is_told_not_to_come_again(client: httpx.Client, ended: str) -> None:
    url = f"/searches/{ended}/events/stream"
    assert client.get(url, headers={"Last-Event-ID": "3"}).status_code == 204


def test_the_first_event_says_when_to_come_again(client: httpx.Client, ended: str) -> None:
    blocks = client.get(f"/searches/{ended}/events/stream").text.split("\n\n")
    asks = ["retry: 2000" in block.split("\n") for block in blocks]
    assert asks == [True, False, False, False, False]


def test_a_sign_of_life_ends_no_event(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "_PING_SECONDS", 0.0)
    monkeypatch.setattr(news, "PATIENCE_SECONDS", 0.05)
    search_id = submit(client)
    with client.stream("GET", f"/searches/{search_id}/events/stream") as answer:
        chunks = answer.iter_text()
        said = next(chunks)
        while said.count("\n: ") < 3:
            said += next(chunks)
        client.post(f"/searches/{search_id}/cancel")
        said += "".join(chunks)
    blocks = said.removesuffix("\n\n").split("\n\n")
    assert all("data: {" in block for block in blocks)
    assert len(blocks) == 3


def test_a_reader_that_has_all_so_far_hears_at_once_that_it_is_connected(
    client: httpx.Client,
) -> None:
    search_id = submit(client)
    url = f"/searches/{search_id}/events/stream"
    with client.stream("GET", url, headers={"Last-Event-ID": "1"}) as answer:
        assert next(answer.iter_text()).startswith(":")


def test_events_are_told_as_they_happen(client: httpx.Client, database: Database) -> None:
    search_id = submit(client)
    url = f"/searches/{search_id}/events/stream"
    with client.stream("GET", url) as answer:
        found = messages(answer)
        assert types([next(found)]) == ["submitted"]
        lease = start(database, search_id)
        assert types([next(found)]) == ["attempt_started"]
        with database.write() as session:
            record(session, lease, event=NewEvent(type="epoch_finished", message="an epoch\nor so"))
        with database.write() as session:
            succeed(session, lease, NewEvent(type="succeeded", message="done"))
        assert types(list(found)) == ["epoch_finished", "succeeded", "end"]


def test_a_deleted_search_ends_the_stream(client: httpx.Client) -> None:
    search_id = submit(client)
    with client.stream("GET", f"/searches/{search_id}/events/stream") as answer:
        found = messages(answer)
        next(found)
        client.post(f"/searches/{search_id}/cancel")
        client.delete(f"/searches/{search_id}")
        assert set(types(list(found))) <= {"cancelled", "end"}


def test_many_readers_hold_up_nobody(client: httpx.Client) -> None:
    search_id = submit(client)
    with calling(client, 60, lambda own: types(follow(own, search_id))) as found:
        client.post(f"/searches/{search_id}/cancel")
    assert found == [["submitted", "cancelled", "end"]] * 60


@pytest.mark.parametrize("header", ["x", "-1", str(2**63)])
def test_an_id_that_no_event_has_is_refused(client: httpx.Client, ended: str, header: str) -> None:
    url = f"/searches/{ended}/events/stream"
    answer = client.get(url, headers={"Last-Event-ID": header})
    assert problem(answer) == (422, "invalid_request")
