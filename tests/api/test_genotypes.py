"""Genotypes of one's own: imported, listed, counted, deleted."""

import json
from typing import Any

import httpx
import pytest

from pdarts_core.drawing import draw_svg
from pdarts_core.estimates.network_size import NetworkShape, count_network
from pdarts_core.genotype import Genotype, from_dict, to_dict, to_python
from pdarts_core.space.cells import CONCAT
from store.database import Database
from tests.api.calls import pointers, problem, submit
from tests.api.work import end_well
from tests.support.genotypes import RELEASED, RELEASED_PARAMETERS

pytestmark = pytest.mark.both_databases

ENTRIES = [
    ("skip_connect", 0),
    ("sep_conv_3x3", 1),
    ("skip_connect", 0),
    ("dil_conv_5x5", 2),
    ("max_pool_3x3", 1),
    ("sep_conv_5x5", 3),
    ("sep_conv_3x3", 0),
    ("avg_pool_3x3", 4),
]
GENOTYPE = Genotype(ENTRIES, list(CONCAT), ENTRIES, [2, 3, 5])
CELLS = to_dict(GENOTYPE)
PYTHON = {"Content-Type": "text/x-python"}
LONG = "0x" + "f" * 4000
"""An integer of more digits than Python writes in decimal."""


def imported(client: httpx.Client, body: Any = CELLS, **headers: str) -> dict[str, Any]:
    answer = client.post("/genotypes", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/genotypes/{document['id']}"
    return document


class TestImport:
    def test_bare_cells(self, client: httpx.Client) -> None:
        document = imported(client)
        assert document["genotype"] == CELLS
        assert (document["origin"], document["name"]) == ("imported", None)
        assert (document["skip_connects"], document["skip_limit"]) == (2, None)
        assert document["provenance"] is document["edge_weights"] is None
        assert client.get(f"/genotypes/{document['id']}").json() == document

    def test_a_document_as_it_was_exported(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        end_well(database, search_id, 2)
        exported = client.get(f"/searches/{search_id}/genotype").json()
        again = imported(client, exported | {"name": "by hand"})
        assert again["genotype"] == exported["genotype"]
        assert again["id"] != exported["id"]
        assert (again["origin"], again["name"]) == ("imported", "by hand")

    def test_python_text_in_json(self, client: httpx.Client) -> None:
        document = imported(client, {"python": to_python(GENOTYPE), "name": "mine"})
        assert (document["genotype"], document["name"]) == (CELLS, "mine")

    def test_python_text_by_itself(self, client: httpx.Client) -> None:
        text = f"MINE = {to_python(GENOTYPE)}\n".replace("[2, 3, 4, 5]", "range(2, 6)")
        answer = client.post("/genotypes", content=text.encode(), headers=PYTHON)
        assert answer.status_code == 201
        assert answer.json()["genotype"] == CELLS

    def test_once_for_each_key(self, client: httpx.Client) -> None:
        first, second = (imported(client, **{"Idempotency-Key": "a"}) for _ in range(2))
        assert first == second
        assert len(client.get("/genotypes").json()["data"]) == 1
        other = client.post("/genotypes", json={"python": "x"}, headers={"Idempotency-Key": "b"})
        assert other.status_code == 422

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ([], ""),
            ("Genotype()", ""),
            ({}, ""),
            (CELLS | {"extra": 1}, ""),
            (CELLS | {"normal": CELLS["normal"][1:]}, "/normal"),
            (CELLS | {"normal": [["skip_connect", 0, 1], *CELLS["normal"][1:]]}, "/normal/0"),
            (CELLS | {"normal": [["none", 0], *CELLS["normal"][1:]]}, "/normal/0/0"),
            (CELLS | {"reduce": [["conv_7x7", 0], *CELLS["reduce"][1:]]}, "/reduce/0/0"),
            (CELLS | {"reduce": [[["a"], 0], *CELLS["reduce"][1:]]}, "/reduce/0/0"),
            (CELLS | {"reduce": [["skip_connect", 2], *CELLS["reduce"][1:]]}, "/reduce/0/1"),
            (CELLS | {"reduce": [["skip_connect", 0.0], *CELLS["reduce"][1:]]}, "/reduce/0/1"),
            (CELLS | {"reduce": [["skip_connect", 2**70], *CELLS["reduce"][1:]]}, "/reduce/0/1"),
            (CELLS | {"normal_concat": [2, 6]}, "/normal_concat/1"),
            (CELLS | {"normal_concat": [2, 2]}, "/normal_concat"),
            ({"genotype": CELLS | {"normal_concat": []}}, "/genotype/normal_concat"),
            ({"genotype": None}, "/genotype"),
            ({"genotype": CELLS, "name": ""}, "/name"),
            ({"genotype": CELLS, "name": "x" * 201}, "/name"),
            ({"genotype": CELLS, "format": "onnx"}, "/format"),
            ({"genotype": CELLS, "format_version": 2}, "/format_version"),
            ({"python": 3}, "/python"),
            ({"python": "__import__('os').system('true')"}, "/python"),
            ({"python": to_python(GENOTYPE).replace("skip_connect", "none")}, "/python"),
            ({"python": to_python(GENOTYPE).replace("'skip_connect'", LONG, 1)}, "/python"),
            ({"python": to_python(GENOTYPE), "cells": 1}, "/cells"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_what_is_none_is_pointed_to(
        self, shared_client: httpx.Client, body: Any, pointer: str
    ) -> None:
        answer = shared_client.post("/genotypes", json=body)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [pointer]

    def test_python_text_is_pointed_to_in_words(self, shared_client: httpx.Client) -> None:
        text = to_python(GENOTYPE).replace("('avg_pool_3x3', 4)", "('avg_pool_3x3', 5)", 1)
        answer = shared_client.post("/genotypes", content=text.encode(), headers=PYTHON)
        assert answer.json()["detail"] == "normal[7][1]: node 5 reads from states 0 to 4"

    def test_an_endless_number_in_python_text_is_refused(self, shared_client: httpx.Client) -> None:
        text = to_python(GENOTYPE).replace("'skip_connect'", LONG, 1)
        answer = shared_client.post("/genotypes", content=text.encode(), headers=PYTHON)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [""]

    @pytest.mark.parametrize(
        ("content", "headers", "expected"),
        [
            (b"\xff", PYTHON, (400, "malformed_json")),
            (b"{", {"Content-Type": "application/json"}, (400, "malformed_json")),
            (b"{}", {"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
            (b"{}", {}, (415, "unsupported_media_type")),
            (
                b"{}",
                {"Content-Type": "application/json", "Content-Encoding": "gzip"},
                (415, "unsupported_media_type"),
            ),
        ],
    )
    def test_other_bodies_are_refused(
        self,
        shared_client: httpx.Client,
        content: bytes,
        headers: dict[str, str],
        expected: tuple[int, str],
    ) -> None:
        answer = shared_client.post("/genotypes", content=content, headers=headers)
        assert problem(answer) == expected


class TestList:
    def test_the_newest_first_in_pages_that_stay_as_they_are(self, client: httpx.Client) -> None:
        made = sorted((imported(client)["id"] for _ in range(5)), reverse=True)
        first = client.get("/genotypes?limit=2").json()
        imported(client)
        second = client.get(f"/genotypes?limit=3&after={first['next_cursor']}").json()
        assert [one["id"] for one in first["data"] + second["data"]] == made
        assert second["next_cursor"] is None

    def test_those_of_searches_are_among_them(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        end_well(database, search_id, 3, 2)
        own = imported(client)
        listed = client.get("/genotypes").json()["data"]
        assert len(listed) == 3
        of_search = client.get("/genotypes?origin=search").json()["data"]
        assert {one["provenance"]["search_id"] for one in of_search} == {search_id}
        assert {one["provenance"]["seed"] for one in of_search} == {2}
        assert {one["provenance"]["dataset"] for one in of_search} == {"digits"}
        assert client.get("/genotypes?origin=imported").json()["data"] == [own]

    def test_each_has_the_name_that_its_search_has_now(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client, name="first try")
        end_well(database, search_id, 2)
        (listed,) = client.get("/genotypes").json()["data"]
        assert listed["provenance"]["search_name"] == "first try"
        client.patch(f"/searches/{search_id}", json={"name": "the best"})
        for path in ("/genotypes", f"/searches/{search_id}/genotypes"):
            (listed,) = client.get(path).json()["data"]
            assert listed["provenance"]["search_name"] == "the best"

    def test_names_and_data_sets_filter_by_parts(
        self, client: httpx.Client, database: Database
    ) -> None:
        end_well(database, submit(client, name="50% of Flowers"), 2)
        end_well(database, submit(client), 2)
        own = imported(client, {"genotype": CELLS, "name": "FLOWERS by hand"})["id"]
        of_search = client.get("/genotypes?name_contains=0%25 of").json()["data"]
        assert [one["provenance"]["search_name"] for one in of_search] == ["50% of Flowers"]
        both = client.get("/genotypes?name_contains=flower&sort=oldest").json()["data"]
        assert [one["id"] for one in both] == [of_search[0]["id"], own]
        on_digits = client.get("/genotypes?dataset_contains=DIG").json()["data"]
        assert {one["provenance"]["dataset"] for one in on_digits} == {"digits"}
        assert len(on_digits) == 2

    def test_the_oldest_come_first_where_asked_for(self, client: httpx.Client) -> None:
        made = sorted(imported(client)["id"] for _ in range(3))
        first = client.get("/genotypes?sort=oldest&limit=2").json()
        rest = client.get(f"/genotypes?sort=oldest&after={first['next_cursor']}").json()
        assert [one["id"] for one in first["data"] + rest["data"]] == made


class TestRead:
    def test_a_genotype_of_a_search_is_the_same_document(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        end_well(database, search_id, 2)
        document = client.get(f"/searches/{search_id}/genotype").json()
        assert client.get(f"/genotypes/{document['id']}").json() == document

    def test_in_every_format(self, client: httpx.Client) -> None:
        url = f"/genotypes/{imported(client)['id']}"
        assert client.get(f"{url}?format=python").text == to_python(GENOTYPE) + "\n"
        svg = client.get(f"{url}?format=svg&cell=reduce")
        assert svg.text == draw_svg(GENOTYPE, cell="reduce")
        assert client.get(f"{url}?format=dot").text.startswith("digraph")

    def test_in_the_format_that_is_accepted(self, client: httpx.Client) -> None:
        url = f"/genotypes/{imported(client)['id']}"
        drawn = client.get(url, headers={"Accept": "image/svg+xml"})
        assert drawn.headers["content-type"].startswith("image/svg+xml")
        assert "Accept" in drawn.headers["vary"].split(", ")
        wanted = client.get(f"{url}?format=json", headers={"Accept": "image/svg+xml"})
        assert wanted.headers["content-type"] == "application/json"
        assert problem(client.get(url, headers={"Accept": "image/png"}))[0] == 406

    def test_its_network_is_counted_for_a_shape(self, client: httpx.Client) -> None:
        url = f"/genotypes/{imported(client)['id']}"
        told = client.get(
            f"{url}?layers=14&init_channels=48&image_size=224&num_classes=1000"
            "&stem=imagenet&auxiliary=true"
        ).json()["network"]
        shape = NetworkShape(
            layers=14,
            init_channels=48,
            image_size=224,
            num_classes=1000,
            stem="imagenet",
            auxiliary=True,
        )
        assert told == vars(shape) | vars(count_network(GENOTYPE, shape))
        by_default = client.get(url).json()["network"]
        assert by_default == vars(NetworkShape()) | vars(count_network(GENOTYPE, NetworkShape()))

    @pytest.mark.parametrize(
        ("stem", "query"),
        [("cifar", ""), ("imagenet", "?layers=14&init_channels=48&num_classes=1000&stem=imagenet")],
    )
    def test_the_released_ones_networks_are_as_large_as_published(
        self, client: httpx.Client, stem: str, query: str
    ) -> None:
        url = f"/genotypes/{imported(client, to_dict(RELEASED))['id']}"
        told = client.get(url + query).json()["network"]
        assert told["parameters"] == RELEASED_PARAMETERS[stem]

    @pytest.mark.parametrize(
        "query",
        ["layers=2", "init_channels=0", "image_size=4", "num_classes=1", "stem=mnist", "cell=x"],
    )
    def test_a_bad_parameter_is_named(self, shared_client: httpx.Client, query: str) -> None:
        answer = shared_client.get(f"/genotypes/{imported(shared_client)['id']}?{query}")
        assert problem(answer) == (422, "invalid_request")
        assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]

    @pytest.mark.parametrize("genotype_id", ["x", "gt_x", "srch_" + "0" * 26, "gt_" + "0" * 26])
    def test_others_there_are_none(self, shared_client: httpx.Client, genotype_id: str) -> None:
        for method in ("GET", "DELETE"):
            answer = shared_client.request(method, f"/genotypes/{genotype_id}")
            assert problem(answer) == (404, "not_found")


class TestDelete:
    def test_an_imported_one_goes(self, client: httpx.Client) -> None:
        url = f"/genotypes/{imported(client)['id']}"
        assert client.delete(url).status_code == 204
        assert problem(client.get(url)) == problem(client.delete(url)) == (404, "not_found")

    def test_a_searchs_own_goes_with_the_search(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        end_well(database, search_id, 2)
        url = f"/genotypes/{client.get(f'/searches/{search_id}/genotype').json()['id']}"
        assert problem(client.delete(url)) == (409, "genotype_of_search")
        client.delete(f"/searches/{search_id}")
        assert problem(client.get(url)) == (404, "not_found")


def test_a_document_reads_back_as_json(client: httpx.Client) -> None:
    document = imported(client)
    assert from_dict(json.loads(json.dumps(document))["genotype"]) == GENOTYPE
