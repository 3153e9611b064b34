"""A search's name, metadata and priority, changed later on."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.services.changes import merge
from store.database import Database
from store.metadata import LARGEST_METADATA
from store.tables import Job
from store.types import db_now
from store.waiting import next_in_line
from tests.api.calls import pointers, problem, submit
from tests.api.work import end_well, start


def patch(client: httpx.Client, search_id: str, body: Any, **headers: str) -> httpx.Response:
    return client.patch(f"/searches/{search_id}", json=body, headers=headers)


def test_each_is_changed_by_itself(client: httpx.Client) -> None:
    search_id = submit(client, name="first", metadata={"a": 1}, priority=3)
    answer = patch(client, search_id, {"name": "second"})
    assert answer.status_code == 200
    spec = answer.json()["spec"]
    assert (spec["name"], spec["metadata"], spec["priority"]) == ("second", {"a": 1}, 3)
    spec = patch(client, search_id, {"priority": 5}).json()["spec"]
    assert (spec["name"], spec["metadata"], spec["priority"]) == ("second", {"a": 1}, 5)
    assert client.get(f"/searches/{search_id}").json()["spec"] == spec
    assert [s["id"] for s in client.get("/searches?name=second").json()["data"]] == [search_id]


def test_a_new_priority_ends_a_wait(client: httpx.Client, database: Database) -> None:
    search_id = submit(client)
    with database.write() as session:
        session.execute(update(Job).values(not_before=db_now(500), waits=3))
    patch(client, search_id, {"name": "x"})
    with database.read() as session:
        assert next_in_line(session) == []
    patch(client, search_id, {"priority": 1})
    with database.read() as session:
        assert next_in_line(session) == [search_id]


def test_null_takes_away(client: httpx.Client) -> None:
    search_id = submit(client, name="first", metadata={"a": 1}, priority=3)
    spec = patch(client, search_id, {"name": None, "metadata": None, "priority": None}).json()
    assert spec["spec"]["name"] is None
    assert (spec["spec"]["metadata"], spec["spec"]["priority"]) == ({}, 0)


def test_metadata_are_merged(client: httpx.Client) -> None:
    search_id = submit(client, metadata={"a": 1, "b": {"c": 2, "d": 3}, "e": [1]})
    change = {"metadata": {"a": None, "b": {"c": None, "f": 4}, "e": [2]}}
    spec = patch(client, search_id, change).json()["spec"]
    assert spec["metadata"] == {"b": {"d": 3, "f": 4}, "e": [2]}


@pytest.mark.parametrize(
    ("document", "change", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": "foo"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ],
)
def test_a_merge_is_that_of_rfc_7396(
    document: dict[str, Any], change: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge(document, change) == merged


def test_a_change_is_told_and_brings_a_new_tag(client: httpx.Client) -> None:
    search_id = submit(client)
    before = client.get(f"/searches/{search_id}").headers["etag"]
    answer = patch(client, search_id, {"name": "x"})
    after = client.get(f"/searches/{search_id}").headers["etag"]
    assert answer.headers["etag"] == after != before
    (*_, event) = client.get(f"/searches/{search_id}/events").json()["data"]
    assert (event["type"], event["data"]) == ("changed", {"fields": ["name"]})


@pytest.mark.parametrize("change", [{}, {"name": "x"}, {"metadata": {"a": 1}}, {"priority": 1}])
def test_what_is_already_so_is_no_change(client: httpx.Client, change: dict[str, Any]) -> None:
    search_id = submit(client, name="x", metadata={"a": 1}, priority=1)
    before = client.get(f"/searches/{search_id}").headers["etag"]
    answer = patch(client, search_id, change)
    assert (answer.status_code, answer.headers["etag"]) == (200, before)
    assert len(client.get(f"/searches/{search_id}/events").json()["data"]) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [(1, True), (0, False), (False, 0), ([1, 0], [1, False]), ({"b": True}, {"b": 1})],
)
def test_a_truth_value_is_no_number(client: httpx.Client, before: Any, after: Any) -> None:
    search_id = submit(client, metadata={"a": before})
    patch(client, search_id, {"metadata": {"a": after}})
    body = client.get(f"/searches/{search_id}")
    assert json.dumps(body.json()["spec"]["metadata"]) == json.dumps({"a": after})
    events = client.get(f"/searches/{search_id}/events").json()["data"]
    assert [event["type"] for event in events] == ["submitted", "changed"]


def test_a_truth_value_is_found_as_it_was_changed(client: httpx.Client) -> None:
    search_id = submit(client, metadata={"a": 1})
    patch(client, search_id, {"metadata": {"a": True}})
    found = client.get("/searches?metadata[a]=true").json()["data"]
    assert [search["id"] for search in found] == [search_id]


class TestIfMatch:
    def test_the_newest_tag_is_enough(self, client: httpx.Client) -> None:
        search_id = submit(client)
        tag = client.get(f"/searches/{search_id}").headers["etag"]
        for number, condition in enumerate([tag, "*"]):
            answer = patch(client, search_id, {"name": f"n{number}"}, **{"If-Match": condition})
            assert answer.status_code == 200

    def test_a_stale_one_changes_nothing(self, client: httpx.Client) -> None:
        search_id = submit(client)
        tag = client.get(f"/searches/{search_id}").headers["etag"]
        patch(client, search_id, {"name": "theirs"})
        answer = patch(client, search_id, {"name": "mine"}, **{"If-Match": tag})
        assert problem(answer) == (412, "precondition_failed")
        now = client.get(f"/searches/{search_id}")
        assert answer.headers["etag"] == now.headers["etag"]
        assert now.json()["spec"]["name"] == "theirs"


class TestPriority:
    def test_it_counts_for_who_waits(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        start(database, search_id)
        assert patch(client, search_id, {"priority": 9}).status_code == 200

    def test_what_has_ended_has_none(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        end_well(database, search_id, 2)
        assert problem(patch(client, search_id, {"priority": 9})) == (409, "not_prioritizable")
        assert patch(client, search_id, {"name": "x", "priority": 0}).status_code == 200


class TestBody:
    @pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
    def test_it_is_a_merge_patch(self, client: httpx.Client, media_type: str) -> None:
        search_id = submit(client)
        answer = client.patch(
            f"/searches/{search_id}", content=b'{"name": "x"}', headers={"Content-Type": media_type}
        )
        assert answer.status_code == 200
        other = client.patch(
            f"/searches/{search_id}", content=b"x", headers={"Content-Type": "text/plain"}
        )
        assert problem(other) == (415, "unsupported_media_type")

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"seed": 3}, "/seed"),
            ({"name": ""}, "/name"),
            ({"name": 3}, "/name"),
            ({"priority": 101}, "/priority"),
            ({"priority": 1.5}, "/priority"),
            ({"metadata": []}, "/metadata"),
            ({"metadata": {"a": "x" * LARGEST_METADATA}}, "/metadata"),
            ([], ""),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_what_cannot_be_changed_is_pointed_to(
        self, client: httpx.Client, change: Any, pointer: str
    ) -> None:
        answer = patch(client, submit(client), change)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]

    def test_metadata_do_not_grow_beyond_bounds(self, client: httpx.Client) -> None:
        search_id = submit(client, metadata={"a": "x" * (LARGEST_METADATA // 2)})
        answer = patch(client, search_id, {"metadata": {"b": "x" * (LARGEST_METADATA // 2)}})
        assert pointers(answer) == ["/metadata"]


def test_nobodys_search_is_not_found(shared_client: httpx.Client) -> None:
    answer = patch(shared_client, "srch_" + "0" * 26, {"name": "x"})
    assert problem(answer) == (404, "not_found")
