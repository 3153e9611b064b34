"""The alphas of a search through its epochs."""

from collections.abc import Callable

import httpx
import pytest

from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import EDGES, all_operations
from pdarts_core.space.operations import SKIP_CONNECT
from store.database import Database
from tests.api.work import make_epoch, make_stage
from tests.support.factories import make_search

Liking = dict[str, float]


def alphas_of(liking: Liking) -> list[list[float]]:
    return [[liking.get(operation, 0.0) for operation in PRIMITIVES] for _ in EDGES]


@pytest.fixture
def search_with(database: Database) -> Callable[..., str]:
    """Write a search whose first stage has these normal alphas, an epoch each."""

    def write(*likings: Liking) -> str:
        with database.write() as session:
            stages = [{"epochs": 3}, {"epochs": 3}]
            search_id = make_search(session, spec={"stages": stages})
            kept = all_operations()
            session.add(make_stage(search_id, 1, kept_normal=kept, kept_reduce=kept))
            for epoch, liking in enumerate(likings, start=1):
                table = alphas_of(liking)
                session.add(make_epoch(search_id, 1, epoch, alphas_normal=table))
        return search_id

    return write


def test_each_epoch_has_its_alphas(client: httpx.Client, search_with: Callable[..., str]) -> None:
    search_id = search_with({SKIP_CONNECT: 0.5}, {SKIP_CONNECT: 1.5})
    body = client.get(f"/searches/{search_id}/alphas?stage=1").json()
    assert body["stage"] == 1
    assert body["kept_normal"] == all_operations()
    assert [epoch["epoch"] for epoch in body["data"]] == [1, 2]
    assert body["data"][1]["normal"] == alphas_of({SKIP_CONNECT: 1.5})


def test_one_epoch_can_be_asked_for(client: httpx.Client, search_with: Callable[..., str]) -> None:
    search_id = search_with({}, {})
    body = client.get(f"/searches/{search_id}/alphas?stage=1&epoch=2").json()
    assert [epoch["epoch"] for epoch in body["data"]] == [2]


@pytest.mark.parametrize(
    ("liking", "skips"), [({SKIP_CONNECT: 1.0}, 8), ({"max_pool_3x3": 1.0}, 0)]
)
def test_the_skip_connects_are_those_if_it_stopped_there(
    client: httpx.Client, search_with: Callable[..., str], liking: Liking, skips: int
) -> None:
    body = client.get(f"/searches/{search_with(liking)}/alphas?stage=1").json()
    assert body["data"][0]["skip_connects"] == skips


def test_a_stage_that_has_not_begun_has_none(
    client: httpx.Client, search_with: Callable[..., str]
) -> None:
    assert client.get(f"/searches/{search_with({})}/alphas?stage=2").status_code == 404
