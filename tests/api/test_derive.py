"""Genotypes at other skip limits, and what the prunings dropped."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from pdarts_core.config import PRESETS
from pdarts_core.genotype import count_skip_connects
from pdarts_core.space.operations import NONE
from store.database import Database
from tests.api.calls import pointers, problem, submit
from tests.api.work import end_badly
from tests.support.played_search import play_search


@pytest.fixture
def search_id(client: httpx.Client, database: Database) -> str:
    """A search that has ended with 5 skip-connects in the normal cell, 2 in the reduction cell."""
    with database.write() as session:
        return play_search(session, replace(PRESETS["quick"], seed=3))


def derive(client: httpx.Client, search_id: str, **limits: int | None) -> httpx.Response:
    return client.post(f"/searches/{search_id}/derive", json=limits)


def skips(document: dict[str, Any]) -> tuple[int, int]:
    cells = document["genotype"]
    counted = count_skip_connects(cells["normal"]), count_skip_connects(cells["reduce"])
    assert counted == (document["skip_connects"], document["skip_connects_reduce"])
    return counted


class TestDerive:
    def test_limits_hold_in_both_cells(self, client: httpx.Client, search_id: str) -> None:
        answer = derive(client, search_id, max_skip_connects=1, max_skip_connects_reduce=0)
        document = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/v1/genotypes/{document['id']}"
        normal, reduce = skips(document)
        assert normal <= 1
        assert reduce == 0
        assert (document["origin"], document["recommended"]) == ("derived", False)
        assert document["provenance"]["search_id"] == search_id
        assert all(0 < weight < 1 for weight in document["edge_weights"]["reduce"])
        assert client.get(f"/genotypes/{document['id']}").json() == document

    def test_the_same_derivation_gives_the_same_genotype(
        self, client: httpx.Client, search_id: str
    ) -> None:
        first, second = (
            derive(client, search_id, max_skip_connects=1, max_skip_connects_reduce=0)
            for _ in range(2)
        )
        assert (first.status_code, second.status_code) == (201, 200)
        assert first.json() == second.json()

    def test_without_a_limit_on_the_reduction_cell_it_is_one_of_the_searchs_own(
        self, client: httpx.Client, search_id: str
    ) -> None:
        for limit in (8, 3, 2, 0):
            own = client.get(f"/searches/{search_id}/genotype?max_skip_connects={limit}").json()
            derived = derive(client, search_id, max_skip_connects=limit)
            assert (derived.status_code, derived.json()) == (200, own)
        (unrestricted, *_) = client.get(f"/searches/{search_id}/genotypes").json()["data"]
        assert derive(client, search_id).json() == unrestricted

    def test_the_searchs_own_list_stays_as_it_was(
        self, client: httpx.Client, search_id: str
    ) -> None:
        url = f"/searches/{search_id}/genotypes"
        before = client.get(url).json()
        derive(client, search_id, max_skip_connects_reduce=0)
        assert client.get(url).json() == before

    def test_it_is_carried_out_once_for_each_key(
        self, client: httpx.Client, search_id: str
    ) -> None:
        url, key = f"/searches/{search_id}/derive", {"Idempotency-Key": "a"}
        limits = {"max_skip_connects": 1, "max_skip_connects_reduce": 0}
        first, second = (client.post(url, json=limits, headers=key) for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        other = client.post(url, json={}, headers=key)
        assert problem(other) == (422, "idempotency_key_reused")

    def test_a_derived_one_can_be_deleted(self, client: httpx.Client, search_id: str) -> None:
        document = derive(client, search_id, max_skip_connects_reduce=0).json()
        assert client.delete(f"/genotypes/{document['id']}").status_code == 204
        assert derive(client, search_id, max_skip_connects_reduce=0).status_code == 201

    @pytest.mark.parametrize(
        ("limits", "pointer"),
        [
            ({"max_skip_connects": 9}, "/max_skip_connects"),
            ({"max_skip_connects_reduce": -1}, "/max_skip_connects_reduce"),
            ({"max_skip_connects": "2"}, "/max_skip_connects"),
            ({"limit": 2}, "/limit"),
        ],
    )
    def test_a_bad_limit_is_pointed_to(
        self, client: httpx.Client, search_id: str, limits: dict[str, Any], pointer: str
    ) -> None:
        answer = client.post(f"/searches/{search_id}/derive", json=limits)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]

    def test_without_alphas_there_is_nothing_to_derive_from(
        self, client: httpx.Client, database: Database
    ) -> None:
        waiting, failed = submit(client), submit(client)
        end_badly(database, failed)
        assert problem(derive(client, waiting)) == (409, "no_genotype_yet")
        answer = derive(client, failed)
        assert problem(answer) == (409, "no_genotype")
        assert answer.json()["detail"] == "the search has failed; it has no genotype; retry it"
        assert problem(derive(client, "srch_" + "0" * 26)) == (404, "not_found")


class TestPruning:
    def test_every_edge_tells_what_stayed_and_what_went(
        self, client: httpx.Client, search_id: str
    ) -> None:
        told = client.get(f"/searches/{search_id}/pruning").json()
        assert [stage["stage"] for stage in told["stages"]] == [1, 2, 3]
        before = 8
        for stage, config in zip(told["stages"], PRESETS["quick"].stages, strict=True):
            for kind in ("normal", "reduce"):
                assert [edge["edge"] for edge in stage[kind]] == list(range(14))
                for edge in stage[kind]:
                    assert len(edge["kept"]) == config.num_to_keep
                    assert len(edge["dropped"]) == before - config.num_to_keep
                    shares = [op["probability"] for op in edge["kept"] + edge["dropped"]]
                    assert sum(shares) == pytest.approx(1)
            before = config.num_to_keep

    def test_a_drop_is_close_up_to_the_threshold(
        self, client: httpx.Client, search_id: str
    ) -> None:
        url = f"/searches/{search_id}/pruning"
        for threshold in (0.0, 0.01, 0.05, 1.0):
            told = client.get(f"{url}?threshold={threshold}").json()
            assert told["threshold"] == threshold
            for number, stage in enumerate(told["stages"], start=1):
                drops = [
                    drop
                    for kind in ("normal", "reduce")
                    for edge in stage[kind]
                    for drop in edge["dropped"]
                ]
                for drop in drops:
                    by_rule = number == 3 and drop["operation"] == NONE
                    assert drop["close"] == (not by_rule and drop["margin"] <= threshold)
                assert stage["close_calls"] == sum(drop["close"] for drop in drops)

    def test_a_drop_says_whether_it_was_more_than_chance(
        self, client: httpx.Client, search_id: str
    ) -> None:
        stages = client.get(f"/searches/{search_id}/stages").json()["data"]
        told = client.get(f"/searches/{search_id}/pruning").json()["stages"]
        for stage, pruning in zip(stages, told, strict=True):
            for kind in ("normal", "reduce"):
                listed = {
                    (edge["edge"], drop["operation"]): drop["decided"]
                    for edge in pruning[kind]
                    for drop in edge["dropped"]
                }
                dropped = stage[kind]["dropped"]
                assert listed == {
                    (one["edge"], one["operation"]): one["decided"] for one in dropped
                }
                assert {True, False} == set(listed.values())

    def test_before_the_first_there_is_nothing(self, client: httpx.Client) -> None:
        assert client.get(f"/searches/{submit(client)}/pruning").json()["stages"] == []

    @pytest.mark.parametrize("threshold", ["-0.1", "1.1", "nan", "inf", "x"])
    def test_a_threshold_is_a_difference_of_probabilities(
        self, client: httpx.Client, search_id: str, threshold: str
    ) -> None:
        answer = client.get(f"/searches/{search_id}/pruning?threshold={threshold}")
        assert problem(answer) == (422, "invalid_request")
