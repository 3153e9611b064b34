"""Each call is stated once, and typed for both clients: mypy holds what these functions assert."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, assert_type

import pytest

from cli.client import (
    AsyncClient,
    AsyncSearch,
    Capacity,
    Client,
    Epoch,
    Event,
    GenotypeDocument,
    Search,
    SearchRecord,
)

if TYPE_CHECKING:

    def blocking(client: Client, search: Search) -> None:
        assert_type(client.get_capacity(), Capacity)
        assert_type(client.is_alive(), bool)
        assert_type(client.create_search({}, seed=1), Search)
        assert_type(client.get_search(search_id="srch_1"), Search)
        assert_type(client.delete_search("srch_1"), None)
        assert_type(client.list_searches(page_size=1), Iterator[SearchRecord])
        assert_type(client.follow_search("srch_1", after=1), Iterator[Event])
        assert_type(search.cancel(), Search)
        assert_type(search.wait(timeout=1.0), Search)
        assert_type(search.record, SearchRecord)
        assert_type(search.client, Client)
        assert_type(search.epochs(stage=1), Iterator[Epoch])
        assert_type(search.log(), str)
        client.get_search("srch_1", stage=1)  # type: ignore[call-arg]
        search.epochs(stage="1")  # type: ignore[arg-type]

    async def awaited(client: AsyncClient, search: AsyncSearch) -> None:
        assert_type(await client.get_capacity(), Capacity)
        assert_type(await client.create_search({}, seed=1), AsyncSearch)
        assert_type(await client.get_search(search_id="srch_1"), AsyncSearch)
        assert_type(client.list_searches(page_size=1), AsyncIterator[SearchRecord])
        assert_type(client.follow_search("srch_1", after=1), AsyncIterator[Event])
        assert_type(await search.pause(), AsyncSearch)
        assert_type(await search.wait(timeout=1.0), AsyncSearch)
        assert_type(search.client, AsyncClient)
        assert_type(await search.derive(max_skip_connects=1), GenotypeDocument)
        assert_type(search.events(), AsyncIterator[Event])


@pytest.mark.parametrize(("one", "other"), [(Client, AsyncClient), (Search, AsyncSearch)])
def test_both_halves_have_the_same_methods(one: type, other: type) -> None:
    def names(half: type) -> set[str]:
        return {name for name in dir(half) if not name.startswith("_")}

    assert names(one) - {"close"} == names(other) - {"aclose"}


def test_a_method_has_its_name_and_its_words() -> None:
    with Client("http://127.0.0.1:1") as client:
        for method in (client.pause_search, client.list_epochs, client.get_capacity):
            assert method.__doc__
            assert getattr(client, method.__name__).__doc__ == method.__doc__
