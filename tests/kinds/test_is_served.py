"""A kind of job that only tests have is served like any other: the routes are the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.schemas.webhooks import WebhookRequest
from store import kinds
from store.database import Database
from store.kinds import Kind
from store.settings import Settings
from tests.api.calls import problem, submit
from tests.api.work import end_badly, start
from tests.support.attempts import run_attempt
from tests.support.counting import queue_count
from tests.support.counting_api import serve_counts
from tests.support.servers import RedisServer


@pytest.fixture
def settings(
    database: Database, database_url: str, redis_server: RedisServer, tmp_path: Path
) -> Settings:
    return Settings(home=tmp_path, database_url=database_url, redis_url=redis_server.url)


@pytest.fixture
def client(settings: Settings) -> Iterator[httpx.Client]:
    with serve_counts(settings) as client:
        yield client


def make(client: httpx.Client, to: int = 3) -> str:
    answer = client.post("/counts", json={"to": to})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def listed(client: httpx.Client, path: str, **filters: Any) -> list[str]:
    return [one["id"] for one in client.get(path, params=filters).json()["data"]]


class TestList:
    def test_a_page_is_full_whatever_else_there_is(
        self, client: httpx.Client, database: Database
    ) -> None:
        counts = [queue_count(database) for _ in range(3)]
        search_id = submit(client)
        counts += [queue_count(database) for _ in range(2)]
        first = client.get("/counts", params={"limit": 4}).json()
        assert [one["id"] for one in first["data"]] == counts[:0:-1]
        assert listed(client, "/counts", limit=4, after=first["next_cursor"]) == counts[:1]
        assert listed(client, "/searches") == [search_id]

    def test_it_is_filtered_as_any_list(self, client: httpx.Client, database: Database) -> None:
        named = queue_count(database, name="sheep", metadata={"herd": 1})
        ended = queue_count(database)
        client.post(f"/counts/{ended}/cancel")
        assert listed(client, "/counts", name="sheep") == [named]
        assert listed(client, "/counts", **{"metadata[herd]": "1"}) == [named]
        assert listed(client, "/counts", status="cancelled") == [ended]

    def test_it_is_a_table_too(self, client: httpx.Client) -> None:
        count_id = make(client)
        answer = client.get("/counts", headers={"Accept": "text/csv"})
        assert answer.text.splitlines() == ["id,status", f"{count_id},queued"]


class TestMoves:
    def test_it_is_cancelled_paused_resumed_and_tried_again(
        self, client: httpx.Client, database: Database
    ) -> None:
        count_id = make(client)

        def status_after(move: str) -> str:
            return str(client.post(f"/counts/{count_id}/{move}").json()["status"])

        assert status_after("pause") == "paused"
        assert status_after("resume") == "queued"
        end_badly(database, count_id)
        assert status_after("retry") == "queued"
        start(database, count_id)
        assert status_after("cancel") == "cancelling"

    def test_a_refusal_names_it(self, client: httpx.Client) -> None:
        count_id = make(client)
        refused = client.post(f"/counts/{count_id}/resume")
        assert problem(refused) == (409, "not_resumable")
        assert refused.json()["detail"] == "the count is still waiting for a worker"

    def test_a_move_with_a_key_is_made_once(self, client: httpx.Client) -> None:
        count_id = make(client)
        key = {"Idempotency-Key": f"of {count_id}".replace(" ", "-")}
        first, second = (client.post(f"/counts/{count_id}/pause", headers=key) for _ in range(2))
        assert second.json() == first.json()
        assert second.headers["idempotency-replayed"] == "true"

    def test_what_its_state_forbids_is_not_blamed_on_a_search(self, client: httpx.Client) -> None:
        refused = client.post(f"/counts/{make(client)}/resume").json()
        assert refused["title"] == "It cannot be resumed"
        assert refused["detail"] == "the count is still waiting for a worker"

    def test_it_is_deleted_once_it_has_ended(self, client: httpx.Client) -> None:
        count_id = make(client)
        assert problem(client.delete(f"/counts/{count_id}")) == (409, "count_active")
        client.post(f"/counts/{count_id}/cancel")
        assert client.delete(f"/counts/{count_id}").status_code == 204
        assert client.get(f"/counts/{count_id}").json()["detail"] == f"there is no count {count_id}"

    def test_one_quota_is_for_jobs_of_all_kinds(self, settings: Settings) -> None:
        with serve_counts(settings.model_copy(update={"active_jobs": 2})) as client:
            paused = make(client)
            client.post(f"/counts/{paused}/pause")
            make(client)
            submit(client)
            refused = client.post("/counts", json={"to": 1})
            assert problem(refused) == (429, "quota_exceeded")
            assert "2 of at most 2 jobs of local" in refused.json()["detail"]
            assert problem(client.post(f"/counts/{paused}/resume")) == (429, "quota_exceeded")


def test_it_is_changed_by_a_merge_patch(client: httpx.Client) -> None:
    count_id = make(client)
    tag = client.get(f"/counts/{count_id}").headers["etag"]
    headers = {"Content-Type": "application/merge-patch+json", "If-Match": tag}
    patch = b'{"name": "sheep", "metadata": {"herd": 1}, "priority": 5}'
    changed = client.patch(f"/counts/{count_id}", content=patch, headers=headers)
    assert (changed.json()["name"], changed.json()["metadata"]) == ("sheep", {"herd": 1})
    again = client.patch(f"/counts/{count_id}", content=b"{}", headers=headers)
    assert problem(again) == (412, "precondition_failed")


class TestHistory:
    def test_it_is_listed_streamed_and_read_as_text(
        self, client: httpx.Client, database: Database, tmp_path: Path
    ) -> None:
        count_id = make(client, to=2)
        run_attempt(database, tmp_path)
        told = client.get(f"/counts/{count_id}/events").json()["data"]
        types = ["submitted", "attempt_started", "counted", "counted", "succeeded"]
        assert [event["type"] for event in told] == types
        stream = client.get(f"/counts/{count_id}/events/stream").text
        assert stream.count("id: ") == len(types)
        assert stream.rstrip().endswith('data: {"status": "succeeded"}')
        assert "counted to 2" in client.get(f"/counts/{count_id}/logs").text

    def test_its_end_can_be_waited_for(
        self, client: httpx.Client, database: Database, tmp_path: Path
    ) -> None:
        count_id = make(client, to=1)
        run_attempt(database, tmp_path)
        body = client.get(f"/counts/{count_id}", headers={"Prefer": "wait=30"}).json()
        assert (body["status"], body["reached"]) == ("succeeded", 1)

    def test_who_has_it_is_told_so(self, client: httpx.Client) -> None:
        count_id = make(client)
        tag = client.get(f"/counts/{count_id}").headers["etag"]
        known = client.get(f"/counts/{count_id}", headers={"If-None-Match": tag})
        assert known.status_code == 304


def test_an_id_of_one_kind_is_told_from_one_of_another(client: httpx.Client) -> None:
    count_id, search_id = make(client), submit(client)
    of_count = client.get(f"/searches/{count_id}").json()["detail"]
    assert of_count == f"'{count_id}' is a count ID, not a search ID"
    of_search = client.get(f"/counts/{search_id}").json()["detail"]
    assert of_search == f"'{search_id}' is a search ID, not a count ID"


def test_it_is_documented_like_a_search(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]
    responses = {operation["operationId"]: operation["responses"] for operation in operations}
    assert "304" in responses["get_count"]
    assert "304" not in responses["stream_count_events"]
    assert "ETag" in responses["cancel_count"]["202"]["headers"]
    assert "cancel_count" in responses["create_count"]["202"]["links"]
    assert "get_count" in responses["list_counts"]["200"]["links"]


def test_webhooks_take_events_of_a_kind_that_is_registered_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = Kind(
        name="late",
        noun="late one",
        plural="late ones",
        id_prefix="lt",
        id_field="late_id",
        webhook_events={"succeeded": "late.succeeded"},
    )
    monkeypatch.setitem(kinds._kinds, late.name, late)
    asked = {"url": "https://example.org/", "events": ["late.succeeded"]}
    assert WebhookRequest.model_validate(asked).events == ["late.succeeded"]
    schemas = WebhookRequest.model_json_schema()["$defs"]
    assert "late.succeeded" in schemas["WebhookEvent"]["enum"]


def test_it_is_counted_for_operators(client: httpx.Client) -> None:
    make(client)
    submit(client)
    told = client.get("/metrics").text
    assert 'pdarts_counts{status="queued"} 1.0' in told
    assert 'pdarts_searches{status="queued"} 1.0' in told
