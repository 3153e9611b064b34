"""A request that is sent again with its key is carried out once."""

import httpx
import pytest
from sqlalchemy import update

from api.endpoint.idempotency import REPLAYED
from api.services.idempotency import KEPT_SECONDS
from store.database import Database
from store.tables import IdempotentRequest
from store.types import db_now
from tests.api.calls import QUICK, problem, submit
from tests.api.crowd import all_at_once
from tests.api.work import end_badly

pytestmark = pytest.mark.both_databases


def post(client: httpx.Client, key: str, path: str = "/searches", **spec: object) -> httpx.Response:
    return client.post(path, json=QUICK | spec, headers={"Idempotency-Key": key})


def count(client: httpx.Client) -> int:
    return len(client.get("/searches?limit=200").json()["data"])


def test_the_same_request_has_the_same_answer(client: httpx.Client) -> None:
    first, second = post(client, "a"), post(client, "a")
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert (REPLAYED in first.headers, second.headers[REPLAYED]) == (False, "true")
    assert count(client) == 1


class TestMove:
    def test_sent_again_is_answered_as_before(self, client: httpx.Client) -> None:
        path = f"/searches/{submit(client)}/cancel"
        first, second = (client.post(path, headers={"Idempotency-Key": "a"}) for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 202)
        assert second.content == first.content
        assert second.headers[REPLAYED] == "true"
        assert problem(client.post(path)) == (409, "not_cancellable")

    @pytest.mark.parametrize("moves", [("pause", "resume"), ("resume", "pause")])
    def test_another_one_with_the_key_is_refused(
        self, client: httpx.Client, moves: tuple[str, str]
    ) -> None:
        path = f"/searches/{submit(client)}"
        if moves[0] == "resume":
            client.post(f"{path}/pause")
        first, second = (
            client.post(f"{path}/{move}", headers={"Idempotency-Key": "a"}) for move in moves
        )
        assert first.status_code == 202
        assert problem(second) == (422, "idempotency_key_reused")
        assert client.get(path).json()["status"] == first.json()["status"]

    def test_a_second_retry_with_the_key_starts_nothing(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        end_badly(database, search_id)
        path = f"/searches/{search_id}/retry"
        first, second = (client.post(path, headers={"Idempotency-Key": "a"}) for _ in range(2))
        assert (first.status_code, second.content) == (202, first.content)


def test_both_bases_are_one_address(client: httpx.Client) -> None:
    assert post(client, "a").content == post(client, "a", "/v1/searches").content


def test_the_answer_is_kept_though_the_search_went_on(client: httpx.Client) -> None:
    first = post(client, "a")
    client.post(f"/searches/{first.json()['id']}/cancel")
    assert post(client, "a").json()["status"] == "queued"


def test_another_request_with_the_key_is_refused(client: httpx.Client) -> None:
    post(client, "a")
    assert problem(post(client, "a", seed=3)) == (422, "idempotency_key_reused")
    assert count(client) == 1


def test_other_keys_are_other_requests(client: httpx.Client) -> None:
    assert post(client, "a").json()["id"] != post(client, "b").json()["id"]
    assert count(client) == 2


def test_a_request_that_was_refused_leaves_its_key_free(client: httpx.Client) -> None:
    assert post(client, "a", seed=-1).status_code == 422
    assert post(client, "a").status_code == 202


def test_a_dry_run_takes_no_key(client: httpx.Client) -> None:
    assert post(client, "a", "/searches?dry_run=true").status_code == 200
    assert post(client, "a").status_code == 202


def test_a_key_is_forgotten_after_a_day(client: httpx.Client, database: Database) -> None:
    first = post(client, "a")
    with database.write() as session:
        session.execute(update(IdempotentRequest).values(created_at=db_now(-KEPT_SECONDS - 1)))
    second = post(client, "a", seed=3)
    assert second.status_code == 202
    assert second.json()["id"] != first.json()["id"]


def test_many_at_once_make_one_search(client: httpx.Client) -> None:
    answers = all_at_once(client, 50, lambda own: post(own, "a"))
    accepted = {answer.content for answer in answers if answer.status_code == 202}
    refused = {problem(answer) for answer in answers if answer.status_code != 202}
    assert len(accepted) == 1
    assert refused <= {(409, "request_in_flight")}
    assert count(client) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "caf\xe9"])
def test_what_is_no_key_is_refused(client: httpx.Client, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    answer = client.post("/searches", json=QUICK, headers=headers)
    assert problem(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"
