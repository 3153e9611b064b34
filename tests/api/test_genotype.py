import httpx
import pytest

from pdarts_core.drawing import draw_dot, draw_svg
from pdarts_core.genotype import Genotype, count_skip_connects, from_python
from pdarts_core.space.cells import CellKind
from store.database import Database
from tests.api.calls import problem, submit
from tests.api.work import end_badly, end_well, start


@pytest.fixture
def search_id(client: httpx.Client, database: Database) -> str:
    """A search with 5 skip-connects at first; 3 at limits 4 and 3, then 2, 1 and 0."""
    search_id = submit(client)
    end_well(database, search_id, 5, 3, 2, 1, 0)
    return search_id


def test_all_are_listed_the_unrestricted_one_first(client: httpx.Client, search_id: str) -> None:
    documents = client.get(f"/searches/{search_id}/genotypes").json()["data"]
    assert [document["skip_connects"] for document in documents] == [5, 3, 2, 1, 0]
    assert [document["skip_limit"] for document in documents] == [None, 3, 2, 1, 0]
    assert [document["recommended"] for document in documents] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("limit", "skip_connects"),
    [(8, 5), (5, 5), (4, 3), (3, 3), (2, 2), (1, 1), (0, 0)],
)
def test_the_one_that_holds_at_a_limit_is_chosen(
    client: httpx.Client, search_id: str, limit: int, skip_connects: int
) -> None:
    document = client.get(f"/searches/{search_id}/genotype?max_skip_connects={limit}").json()
    assert document["skip_connects"] == skip_connects


def test_by_default_it_is_the_one_that_the_spec_recommends(
    client: httpx.Client, search_id: str
) -> None:
    assert client.get(f"/searches/{search_id}/genotype").json()["recommended"]


def test_the_specs_own_limit_is_the_default(client: httpx.Client, database: Database) -> None:
    search_id = submit(client, max_skip_connects=4)
    end_well(database, search_id, 5, 3, 2)
    assert client.get(f"/searches/{search_id}/genotype").json()["skip_connects"] == 3


def test_where_no_genotype_meets_the_limit_the_closest_is_given(
    client: httpx.Client, database: Database
) -> None:
    search_id = submit(client)
    end_well(database, search_id, 5, 3)
    document = client.get(f"/searches/{search_id}/genotype?max_skip_connects=1").json()
    assert document["skip_connects"] == 3


def test_the_document_fits_the_darts_family(client: httpx.Client, search_id: str) -> None:
    document = client.get(f"/searches/{search_id}/genotype").json()
    genotype = Genotype(**document["genotype"])
    normal = [(operation, state) for operation, state in genotype.normal]
    assert count_skip_connects(normal) == document["skip_connects"] == 2
    assert from_python(document["python"]).normal == normal
    assert {len(document["edge_weights"][kind]) for kind in ("normal", "reduce")} == {8}
    assert (document["format"], document["format_version"]) == ("darts-genotype", 1)
    assert document["id"].startswith("gt_")
    provenance = document["provenance"]
    assert (provenance["search_id"], provenance["seed"]) == (search_id, 2)
    assert len(provenance["spec_sha256"]) == 64


def test_python_is_one_expression(client: httpx.Client, search_id: str) -> None:
    answer = client.get(f"/searches/{search_id}/genotype?format=python")
    document = client.get(f"/searches/{search_id}/genotype").json()
    assert answer.headers["content-type"] == "text/x-python; charset=utf-8"
    assert answer.text == document["python"] + "\n"


@pytest.mark.parametrize("cell", ["normal", "reduce"])
def test_a_drawing_is_of_one_cell_or_of_both(
    client: httpx.Client, search_id: str, cell: CellKind
) -> None:
    url = f"/searches/{search_id}/genotype"
    genotype = from_python(client.get(url).json()["python"])
    drawn = client.get(f"{url}?format=svg&cell={cell}")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert drawn.text == draw_svg(genotype, cell=cell)
    both = client.get(f"{url}?format=dot")
    assert both.headers["content-type"].startswith("text/vnd.graphviz")
    assert both.text == draw_dot(genotype)


@pytest.mark.parametrize(
    "query", ["cell=both", "max_skip_connects=9", "max_skip_connects=-1", "format=yaml"]
)
def test_a_bad_parameter_is_named(client: httpx.Client, search_id: str, query: str) -> None:
    answer = client.get(f"/searches/{search_id}/genotype?{query}")
    assert problem(answer) == (422, "invalid_request")


class TestNone:
    def test_there_is_none_yet_while_the_search_may_come_to_one(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        url = f"/searches/{search_id}/genotype"
        assert problem(client.get(url)) == (409, "no_genotype_yet")
        start(database, search_id)
        assert problem(client.get(url)) == (409, "no_genotype_yet")

    def test_there_is_none_when_it_ended_without(
        self, client: httpx.Client, database: Database
    ) -> None:
        failed, cancelled = submit(client), submit(client)
        end_badly(database, failed)
        client.post(f"/searches/{cancelled}/cancel")
        for search_id in (failed, cancelled):
            answer = client.get(f"/searches/{search_id}/genotype")
            assert problem(answer) == (409, "no_genotype")

    def test_the_list_is_empty(self, client: httpx.Client) -> None:
        assert client.get(f"/searches/{submit(client)}/genotypes").json()["data"] == []
