"""The history of a search, as rows and as a log."""

import httpx
import pytest

from store.database import Database
from tests.api.calls import problem, submit
from tests.api.work import end_badly

pytestmark = pytest.mark.both_databases


@pytest.fixture
def search_id(client: httpx.Client, database: Database) -> str:
    search_id = submit(client)
    end_badly(database, search_id)
    return search_id


def test_events_are_told_in_order(client: httpx.Client, search_id: str) -> None:
    events = client.get(f"/searches/{search_id}/events").json()["data"]
    assert [(event["seq"], event["type"]) for event in events] == [
        (1, "submitted"),
        (2, "attempt_started"),
        (3, "failed"),
    ]
    assert list(events[0]) == ["seq", "type", "level", "message", "time", "data"]
    assert events[2]["level"] == "error"


def test_a_reader_goes_on_where_it_was(client: httpx.Client, search_id: str) -> None:
    first = client.get(f"/searches/{search_id}/events?limit=2").json()
    assert [event["seq"] for event in first["data"]] == [1, 2]
    url = f"/searches/{search_id}/events?limit=2&after={first['next_cursor']}"
    rest = client.get(url).json()
    assert [event["seq"] for event in rest["data"]] == [3]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "query", ["after=-1", f"after={2**63}", "after=x", "limit=0", "limit=1001"]
)
def test_a_bad_parameter_is_named(client: httpx.Client, search_id: str, query: str) -> None:
    answer = client.get(f"/searches/{search_id}/events?{query}")
    assert problem(answer) == (422, "invalid_request")


def test_the_log_tells_the_same_with_the_traceback(client: httpx.Client, search_id: str) -> None:
    answer = client.get(f"/searches/{search_id}/logs")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    submitted, started, failed, *trace = answer.text.splitlines()
    assert submitted.endswith("INFO    submitted: submitted")
    assert "attempt_started" in started
    assert failed.endswith("ERROR   failed: the loss is nan")
    assert trace == ["    Traceback:", "      boom"]
