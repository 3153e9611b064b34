"""The client, against the service."""

from collections.abc import Iterator

import pytest

from cli.client import Client
from cli.errors import ServiceError, ServiceUnreachable
from migrations.schema import upgrade
from store.settings import Settings
from store.states import Status
from tests.support.http_service import serve
from tests.support.servers import free_port


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = Settings(home=tmp_path_factory.mktemp("client"))
    upgrade(settings.database_url)
    with serve(settings) as http, Client(str(http.base_url)) as client:
        yield client


def test_it_knows_the_service(client: Client) -> None:
    assert client.is_alive()
    assert client.is_ready()


def test_it_submits_follows_and_cancels_a_search(client: Client) -> None:
    search = client.create_search({"dataset": "digits", "preset": "quick"})
    assert search.status is Status.QUEUED
    assert search.progress.stages == 3
    assert list(client.epochs(search.id)) == []
    client.cancel_search(search.id)
    assert client.get_search(search.id).has_ended


def test_a_refusal_carries_its_code_and_reason(client: Client) -> None:
    with pytest.raises(ServiceError, match="no_such_set") as caught:
        client.create_search({"dataset": "no_such_set"})
    assert caught.value.code == "invalid_request"


def test_where_nothing_answers_the_address_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with Client(url) as nobody:
        assert not nobody.is_alive()
        with pytest.raises(ServiceUnreachable, match=url):
            nobody.get_search("srch_1")
