"""What would take long to read or to answer is refused before it does."""

import json
import time
from typing import Any

import httpx
import pytest

from api.http.error_handler import MOST_ERRORS
from api.http.strict_json import MOST_VALUES
from api.resources.bounded_query import LONGEST_QUERY, MOST_PARAMETERS
from api.resources.pace import SECONDS_A_BYTE
from store.metadata import LARGEST_METADATA
from tests.api.calls import QUICK, pointers, problem

NOBODYS = "srch_0000000000000000000000000v"
JSON = {"Content-Type": "application/json"}
MANY = MOST_VALUES + 1


def spec_with(metadata: str) -> bytes:
    """Return a spec with a text in place of a member of its metadata."""
    return json.dumps(QUICK | {"metadata": {"a": 0}}).replace("0", metadata).encode()


def dry_run(client: httpx.Client, body: bytes) -> httpx.Response:
    return client.post("/searches?dry_run=true", content=body, headers=JSON)


class TestManyValues:
    @pytest.mark.parametrize(
        "metadata",
        [
            "[" + ",".join(["[]"] * 85_000) + "]",
            "[" + ",".join(["{}"] * MANY) + "]",
            "[" + ",".join(["1"] * MANY) + "]",
            "[" + ",".join(['"["'] * MANY) + "]",
            "{" + ",".join(f'"{number}":1' for number in range(MANY)) + "}",
        ],
        ids=["lists", "objects", "numbers", "texts", "members"],
    )
    def test_are_refused_before_they_are_built(
        self, shared_client: httpx.Client, metadata: str
    ) -> None:
        answer = dry_run(shared_client, spec_with(metadata))
        assert problem(answer) == (413, "body_too_large")
        assert str(MOST_VALUES) in answer.json()["detail"]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PATCH", f"/searches/{NOBODYS}"),
            ("POST", f"/searches/{NOBODYS}/derive"),
            ("POST", "/genotypes"),
            ("POST", "/keys"),
            ("POST", "/webhooks"),
        ],
    )
    def test_are_refused_wherever_json_is_read(
        self, shared_client: httpx.Client, method: str, path: str
    ) -> None:
        body = json.dumps({"name": [[]] * MANY}).encode()
        answer = shared_client.request(method, path, content=body, headers=JSON)
        assert problem(answer) == (413, "body_too_large")

    @pytest.mark.parametrize(("item", "count"), [("0", 1900), ("[]", 900), ('""', 1900)])
    def test_as_many_as_may_be_are_not(
        self, shared_client: httpx.Client, item: str, count: int
    ) -> None:
        answer = dry_run(shared_client, spec_with("[" + ",".join([item] * count) + "]"))
        assert answer.status_code == 200, answer.text

    @pytest.mark.parametrize("text", ["[,:{", '[\\"],', '\\\\"[,'])
    def test_what_stands_in_a_text_is_not_counted(
        self, shared_client: httpx.Client, text: str
    ) -> None:
        many = text * (LARGEST_METADATA // 2 // len(text))
        assert dry_run(shared_client, spec_with(json.dumps(many))).status_code == 200


class TestManyErrors:
    def test_some_are_listed_and_the_others_counted(self, shared_client: httpx.Client) -> None:
        unknown: dict[str, Any] = {f"field-{number}": 0 for number in range(900)}
        answer = shared_client.post("/searches?dry_run=true", json=QUICK | unknown)
        assert problem(answer) == (422, "invalid_request")
        assert len(pointers(answer)) == MOST_ERRORS
        assert answer.json()["detail"].startswith("900 fields are invalid; the first 100 ")
        assert "800 more" in answer.json()["detail"]

    def test_as_many_as_are_listed_are_not_counted(self, shared_client: httpx.Client) -> None:
        unknown: dict[str, Any] = {f"field-{number}": 0 for number in range(MOST_ERRORS)}
        answer = shared_client.post("/searches?dry_run=true", json=QUICK | unknown)
        assert answer.json()["detail"] == f"{MOST_ERRORS} fields are invalid"
        assert len(pointers(answer)) == MOST_ERRORS


class TestManyParameters:
    @pytest.mark.parametrize("path", ["/livez", "/metrics", "/docs", "/searches", "/", "/ui"])
    def test_are_refused_unread(self, shared_client: httpx.Client, path: str) -> None:
        answer = shared_client.get(path + "?" + "&".join(["p"] * 7500))
        assert problem(answer) == (422, "invalid_request")
        assert len(answer.content) < 1000
        assert "7500 parameters" in answer.json()["detail"]

    def test_so_is_a_long_query(self, shared_client: httpx.Client) -> None:
        answer = shared_client.get("/searches?name=" + "x" * LONGEST_QUERY)
        assert problem(answer) == (422, "invalid_request")
        assert str(LONGEST_QUERY) in answer.json()["detail"]

    def test_some_that_are_unknown_are_all_listed(self, shared_client: httpx.Client) -> None:
        query = "&".join(f"p{number}" for number in range(MOST_PARAMETERS))
        answer = shared_client.get(f"/searches?{query}")
        assert len(answer.json()["errors"]) == MOST_PARAMETERS


class TestPace:
    def test_an_owner_rests_after_each_large_body(self, shared_client: httpx.Client) -> None:
        body = spec_with(json.dumps("x" * 250_000))
        begun_at = time.monotonic()
        for _ in range(4):
            assert problem(dry_run(shared_client, body)) == (422, "invalid_request")
        assert time.monotonic() - begun_at > 3 * 250_000 * SECONDS_A_BYTE

    def test_an_address_rests_after_each_query_beyond_the_bounds(
        self, shared_client: httpx.Client
    ) -> None:
        begun_at = time.monotonic()
        for _ in range(4):
            answer = shared_client.get("/livez?" + "x" * 50_000)
            assert problem(answer) == (422, "invalid_request")
        assert time.monotonic() - begun_at > 3 * 50_000 * SECONDS_A_BYTE
