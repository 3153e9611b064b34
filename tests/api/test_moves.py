"""What an owner does with a search: cancel, pause, resume, retry, delete."""

import httpx
import pytest
from sqlalchemy import select

from store.artifact_folder import FolderStore
from store.database import Database
from store.ids import IdKind, new_id
from store.queue import QUEUE
from store.settings import Settings
from store.tables import Epoch, Event, Job, Search
from tests.api.calls import problem, status, submit
from tests.api.work import end_badly, end_well, make_epoch, make_stage, start
from tests.support.servers import RedisServer, wait_until


class TestCancel:
    def test_what_waits_is_cancelled_at_once(self, client: httpx.Client) -> None:
        search_id = submit(client)
        answer = client.post(f"/searches/{search_id}/cancel")
        assert answer.status_code == 202
        assert answer.json()["status"] == "cancelled"
        assert answer.json()["finished_at"] is not None

    def test_what_runs_shows_the_wish(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        start(database, search_id)
        assert client.post(f"/searches/{search_id}/cancel").json()["status"] == "cancelling"

    def test_a_second_wish_changes_nothing(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        start(database, search_id)
        first = client.post(f"/searches/{search_id}/cancel")
        second = client.post(f"/searches/{search_id}/cancel")
        assert second.status_code == 202
        assert second.json() == first.json()

    def test_what_has_ended_is_not_cancellable(self, client: httpx.Client) -> None:
        search_id = submit(client)
        client.post(f"/searches/{search_id}/cancel")
        again = client.post(f"/searches/{search_id}/cancel")
        assert problem(again) == (409, "not_cancellable")


class TestPauseAndResume:
    def test_what_waits_is_paused_and_queued_again(self, client: httpx.Client) -> None:
        search_id = submit(client)
        assert client.post(f"/searches/{search_id}/pause").json()["status"] == "paused"
        assert client.post(f"/searches/{search_id}/resume").json()["status"] == "queued"

    def test_what_runs_shows_the_wish_and_takes_it_back(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        start(database, search_id)
        assert client.post(f"/searches/{search_id}/pause").json()["status"] == "pausing"
        assert client.post(f"/searches/{search_id}/resume").json()["status"] == "running"

    def test_what_has_ended_is_not_pausable(self, client: httpx.Client) -> None:
        search_id = submit(client)
        client.post(f"/searches/{search_id}/cancel")
        assert problem(client.post(f"/searches/{search_id}/pause")) == (409, "not_pausable")

    def test_what_is_to_be_cancelled_is_not_pausable(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        start(database, search_id)
        client.post(f"/searches/{search_id}/cancel")
        before = client.get(f"/searches/{search_id}/events").json()
        assert problem(client.post(f"/searches/{search_id}/pause")) == (409, "not_pausable")
        assert client.get(f"/searches/{search_id}/events").json() == before

    def test_what_is_not_paused_is_not_resumable(self, client: httpx.Client) -> None:
        search_id = submit(client)
        assert problem(client.post(f"/searches/{search_id}/resume")) == (409, "not_resumable")

    def test_a_worker_is_rung_for(self, client: httpx.Client, redis_server: RedisServer) -> None:
        search_id = submit(client)
        client.post(f"/searches/{search_id}/pause")
        with redis_server.client() as redis:
            wait_until(lambda: redis.llen(QUEUE) > 0, "the message of the submission")
            redis.delete(QUEUE)
            client.post(f"/searches/{search_id}/resume")
            wait_until(lambda: redis.llen(QUEUE) == 1, "a message")


def test_a_move_that_is_refused_names_the_one_that_would_do(
    client: httpx.Client, database: Database
) -> None:
    failed, paused = submit(client), submit(client)
    end_badly(database, failed)
    client.post(f"/searches/{paused}/pause")
    resumed = client.post(f"/searches/{failed}/resume").json()
    retried = client.post(f"/searches/{paused}/retry").json()
    assert resumed["detail"] == "the search has failed; retry it"
    assert retried["detail"] == "the search is paused; resume it"


class TestRetry:
    def test_what_failed_is_queued_again(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        end_badly(database, search_id)
        body = client.post(f"/searches/{search_id}/retry").json()
        assert (body["status"], body["error"], body["finished_at"]) == ("queued", None, None)

    def test_what_has_not_failed_is_not_retryable(self, client: httpx.Client) -> None:
        search_id = submit(client)
        assert problem(client.post(f"/searches/{search_id}/retry")) == (409, "not_retryable")


@pytest.mark.parametrize(
    ("first", "move"),
    [(None, "cancel"), (None, "pause"), ("pause", "resume"), ("fail", "retry")],
)
def test_a_move_is_answered_with_the_new_tag(
    client: httpx.Client, database: Database, first: str | None, move: str
) -> None:
    search_id = submit(client)
    if first == "fail":
        end_badly(database, search_id)
    elif first is not None:
        client.post(f"/searches/{search_id}/{first}")
    before = client.get(f"/searches/{search_id}").headers["etag"]
    answer = client.post(f"/searches/{search_id}/{move}")
    assert answer.headers["etag"] == client.get(f"/searches/{search_id}").headers["etag"] != before


class TestDelete:
    def test_nothing_of_it_is_left(
        self, client: httpx.Client, database: Database, settings: Settings
    ) -> None:
        search_id, other = submit(client), submit(client)
        artifacts = FolderStore(settings.home / "artifacts")
        artifacts.put(f"{search_id}/checkpoints/1", b"")
        artifacts.put(f"{other}/checkpoints/1", b"")
        with database.write() as session:
            session.add_all([make_stage(search_id, 1), make_epoch(search_id, 1, 1)])
        end_well(database, search_id, 2)
        answer = client.delete(f"/searches/{search_id}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert problem(client.get(f"/searches/{search_id}")) == (404, "not_found")
        wait_until(lambda: artifacts.keys(search_id) == [], "the artifacts' end")
        assert artifacts.keys(other) != []
        with database.read() as session:
            assert session.scalars(select(Search.id)).all() == [other]
            assert session.scalars(select(Job.id)).all() == [other]
            assert session.scalars(select(Epoch.search_id)).all() == []
            assert set(session.scalars(select(Event.job_id))) == {other}

    def test_what_waits_or_runs_is_not_deleted(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        assert problem(client.delete(f"/searches/{search_id}")) == (409, "search_active")
        start(database, search_id)
        running = client.delete(f"/searches/{search_id}")
        assert problem(running) == (409, "search_active")
        assert running.json()["detail"] == "the search is running; cancel it first, then delete it"
        assert status(client, search_id) == "running"
        client.post(f"/searches/{search_id}/cancel")
        cancelling = client.delete(f"/searches/{search_id}").json()["detail"]
        assert cancelling.endswith("is being cancelled; wait until that is done, then delete it")

    def test_twice_is_once_too_often(self, client: httpx.Client) -> None:
        search_id = submit(client)
        client.post(f"/searches/{search_id}/cancel")
        client.delete(f"/searches/{search_id}")
        assert problem(client.delete(f"/searches/{search_id}")) == (404, "not_found")


NO_SEARCHES = [
    new_id(IdKind.SEARCH),
    new_id(IdKind.GENOTYPE),
    new_id(IdKind.EVALUATION),
    "srch_",
    "srch_x",
    "%00",
    "%ff",
    "a b",
    "x" * 1000,
]
PARTS = ["stages", "stages/1", "epochs", "events", "genotypes", "genotype", "checkpoints", "logs"]


class TestUnknownSearch:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("DELETE", ""),
            *(("POST", f"/{move}") for move in ("cancel", "pause", "resume", "retry")),
            *(("GET", f"/{part}") for part in PARTS),
        ],
    )
    def test_is_not_found(self, shared_client: httpx.Client, method: str, path: str) -> None:
        for search_id in NO_SEARCHES:
            answer = shared_client.request(method, f"/searches/{search_id}{path}")
            assert problem(answer) == (404, "not_found")

    def test_an_id_of_another_kind_is_told_apart(self, shared_client: httpx.Client) -> None:
        genotype_id = new_id(IdKind.GENOTYPE)
        detail = shared_client.get(f"/searches/{genotype_id}").json()["detail"]
        assert detail == f"{genotype_id!r} is a genotype ID, not a search ID"
