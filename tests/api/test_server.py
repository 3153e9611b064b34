"""The server under the application: on a socket that it inherits, and when it is to stop."""

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from api.server import Server, inherited_socket
from cli.listening import listen, url_for
from store.logs import ACCESS_LOGGER
from store.settings import Settings
from tests.api.calls import submit
from tests.api.test_event_stream import messages
from tests.support.http_service import running
from tests.support.launcher import get_launcher
from tests.support.processes import quick_environment
from tests.support.servers import wait_until

CTRL_C_WHILE_LOADING = "tests.support.ctrl_c_while_loading"
"""Named, and not imported: it replaces a part of the interface."""
PATIENCE_SECONDS = 30.0
"""Less than anybody waits here who is not let go."""


@contextmanager
def connected(server: Server) -> Iterator[httpx.Client]:
    """Yield a client of a server on the loopback address."""
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
        yield client


@contextmanager
def on_inherited_socket(host: str, settings: Settings) -> Iterator[tuple[Server, httpx.Client]]:
    """Serve on a socket as `pdarts up` opens it and its API finds it: as a mere number."""
    opened = listen(host, 0)
    url = url_for(host, opened.getsockname()[1])
    with (
        running(settings, listening=inherited_socket(opened.detach())) as server,
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client,
    ):
        yield server, client


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_inherited_socket_sends_answers_without_delay(host: str, settings: Settings) -> None:
    with on_inherited_socket(host, settings) as (server, client):
        assert client.get("/livez").is_success
        (connection,) = server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_inherited_socket_knows_who_asks(
    host: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=ACCESS_LOGGER)
    with on_inherited_socket(host, settings) as (_, client):
        assert client.get("/livez").is_success
    assert [getattr(record, "client", None) for record in caplog.records] == [host]


def test_a_socket_that_it_stops_serving_on_is_free_at_once(settings: Settings) -> None:
    opened = listen("127.0.0.1", 0)
    port = opened.getsockname()[1]
    with running(settings, listening=inherited_socket(opened.detach())):
        pass
    with closing(listen("127.0.0.1", port)) as again:
        assert again.getsockname()[1] == port


def test_ctrl_c_while_it_loads_ends_it_quietly(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    environment = quick_environment(tmp_path, settings.database_url, settings.redis_url)
    process = get_launcher().start(
        "api", "--port", "0", environment=environment, log=log, first=[CTRL_C_WHILE_LOADING]
    )
    assert (process.wait(), log.read_text()) == (0, "")


def test_who_follows_events_is_let_go_when_it_stops(settings: Settings) -> None:
    with running(settings) as server, connected(server) as client:
        search_id = submit(client)
        with client.stream("GET", f"/searches/{search_id}/events/stream") as answer:
            found = messages(answer)
            assert next(found)["id"] == "1"
            server.should_exit = True
            assert list(found) == []


def test_who_waits_for_news_is_answered_when_it_stops(settings: Settings) -> None:
    with running(settings) as server, connected(server) as client, ThreadPoolExecutor(1) as pool:
        search_id = submit(client)
        waits = {"Prefer": "wait=60"}
        answer = pool.submit(client.get, f"/searches/{search_id}", headers=waits)
        wait_until(lambda: bool(server.server_state.tasks), "the request to be there")
        server.should_exit = True
        assert answer.result().json()["status"] == "queued"
