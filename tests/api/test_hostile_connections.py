"""Clients that send without end, hardly or not at all cost no memory, and others are served."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from api.http import bounded_protocol as http_protocol
from store.settings import Settings
from tests.support.api_process import ApiProcess, api_process
from tests.support.http_service import serve
from tests.support.selection import is_everything_wanted
from tests.support.servers import RedisServer

MANY = 200
GIGABYTE = 2**30
MIB = 2**20
MOST_GROWTH = 48 * MIB
LARGE = GIGABYTE if is_everything_wanted() else GIGABYTE // 4
"""Many times what the memory may grow by."""
PIECE = b" " * 2**16
FIRST_LINES = b"POST /v1/searches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
def api(tmp_path: Path, database_url: str, redis_server: RedisServer) -> Iterator[ApiProcess]:
    with api_process(tmp_path, database_url, redis_server.url) as process:
        process.start()
        assert process.client.get("/searches").json()["data"] == []
        yield process


def send_chunks(connection: socket.socket, size: int) -> None:
    """Send a body of this many bytes in chunks."""
    connection.sendall(FIRST_LINES + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(size // len(PIECE)):
        connection.sendall(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))


def send_until_refused(connection: socket.socket, size: int) -> int:
    """Send so many bytes, if they are taken, and return how many were."""
    for number in range(size // len(PIECE)):
        try:
            connection.sendall(PIECE)
        except (BrokenPipeError, ConnectionResetError):
            return number * len(PIECE)
    return size


def test_a_large_body_in_chunks_is_refused_and_not_kept(api: ApiProcess) -> None:
    before = api.peak_memory_bytes()
    with api.connect() as connection:
        send_chunks(connection, LARGE)
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
        assert api.client.get("/searches").status_code == 200
    assert api.peak_memory_bytes() - before < MOST_GROWTH


def test_the_refusal_is_a_413_that_the_sender_can_read(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(FIRST_LINES + b"Content-Length: %d\r\n\r\n" % GIGABYTE)
        connection.sendall(PIECE)
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_header_without_end_is_refused(api: ApiProcess) -> None:
    before = api.peak_memory_bytes()
    with api.connect() as connection:
        connection.sendall(FIRST_LINES + b"X-Long: ")
        assert send_until_refused(connection, GIGABYTE) < 64 * MIB
    assert api.peak_memory_bytes() - before < MOST_GROWTH


@pytest.mark.parametrize("begun", [FIRST_LINES, FIRST_LINES + b"Content-Length: 9\r\n\r\n{"])
def test_a_request_that_never_ends_is_timed_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_SECONDS", 0.5)
    with serve(settings) as client, socket.create_connection(place_of(client)) as connection:
        connection.settimeout(60)
        connection.sendall(begun)
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert connection.recv(4096) == b""
        assert client.get("/searches").status_code == 200


def test_a_connection_on_which_nothing_comes_is_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "REQUEST_SECONDS", 0.5)
    with serve(settings) as client, socket.create_connection(place_of(client)) as connection:
        connection.settimeout(60)
        assert connection.recv(4096) == b""


def test_a_head_of_more_than_its_bound_is_refused_and_one_of_less_is_not(
    settings: Settings,
) -> None:
    with serve(settings) as client, socket.create_connection(place_of(client)) as connection:
        connection.settimeout(60)
        most = {"X-Long": "x" * (http_protocol.LARGEST_HEAD - 1000)}
        assert client.get("/livez", headers=most).status_code == 200
        connection.sendall(b"GET /livez HTTP/1.1\r\nX-Long: " + b"x" * http_protocol.LARGEST_HEAD)
        assert connection.recv(4096).startswith(b"HTTP/1.1 431 ")


def place_of(client: httpx.Client) -> tuple[str, int]:
    """Return where a client's service listens."""
    assert client.base_url.port is not None
    return client.base_url.host, client.base_url.port


@pytest.mark.sampled
@pytest.mark.parametrize(
    "begun", [b"", FIRST_LINES[:20], FIRST_LINES + b"Content-Length: 100\r\n\r\n{"]
)
def test_many_who_say_nothing_more_hold_nobody_up(api: ApiProcess, begun: bytes) -> None:
    before = api.peak_memory_bytes()
    with ExitStack() as stack:
        idle = [stack.enter_context(api.connect()) for _ in range(MANY)]
        for connection in idle:
            connection.sendall(begun)
        for _ in range(5):
            made = api.client.post("/searches", json={"dataset": "digits", "preset": "quick"})
            assert made.status_code == 202
            assert api.client.get(made.headers["location"]).status_code == 200
    assert api.peak_memory_bytes() - before < MOST_GROWTH
