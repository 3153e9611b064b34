"""What one connection, and one address, can take of a server."""

import asyncio
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from api.endpoint import upload
from api.http import bounded_protocol
from api.http.bounded_protocol import LEAST_BYTES, BoundedProtocol
from api.http.connection_limit import ConnectionLimit
from api.server import Server
from store.logs import ACCESS_LOGGER
from store.settings import Settings
from tests.api.calls import submit
from tests.support.http_service import running, serve
from tests.support.servers import wait_until

Place = tuple[str, int]
FEW = 3


def place_of(client: httpx.Client) -> Place:
    """Return where a client's service listens."""
    assert client.base_url.port is not None
    return client.base_url.host, client.base_url.port


@contextmanager
def connection_to(
    place: Place, *, source: str = "127.0.0.1", receive_buffer: int = 0
) -> Iterator[socket.socket]:
    """Open a connection, which may keep little of what has not been read from it."""
    with socket.socket() as connection:
        connection.settimeout(60)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.bind((source, 0))
        connection.connect(place)
        yield connection


def is_served(connection: socket.socket) -> bool:
    """Ask something on a connection, and tell whether it was answered."""
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def is_served_at(place: Place) -> bool:
    """Tell whether a new connection may stay."""
    try:
        with connection_to(place) as connection:
            return is_served(connection)
    except ConnectionError:
        return False


def answers_on(connection: socket.socket, requests: bytes) -> bytes:
    """Send requests, the last of which asks for the connection's end, and return all answers."""
    connection.sendall(requests)
    parts = []
    while part := connection.recv(2**16):
        parts.append(part)
    return b"".join(parts)


class TestPipelines:
    def test_each_request_is_answered_in_its_turn(self, shared_client: httpx.Client) -> None:
        body = b'{"dataset": "digits", "preset": "quick"}'
        post = b"POST /searches?dry_run=true HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: 0\r\n"
        post += b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(body),
            body,
        )
        get = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: %d\r\n%s\r\n"
        gets = [get % (number, b"") for number in range(1, 100)]
        last = get % (100, b"Connection: close\r\n")
        with connection_to(place_of(shared_client)) as connection:
            answers = answers_on(connection, b"".join([post, *gets, last]))
        ids = [line for line in answers.split(b"\r\n") if line.startswith(b"x-request-id: ")]
        assert ids == [b"x-request-id: %d" % number for number in range(101)]
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 101

    def test_no_more_is_taken_than_can_be_answered(self, settings: Settings) -> None:
        with running(settings) as server, waiting_for_news(server) as (connection, end):
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n" * 40_000)
            protocol = answering_protocol(server)
            wait_until(lambda: len(protocol._unparsed) > 0, "requests that wait")
            assert protocol.flow.read_paused
            assert len(protocol.pipeline) == 0
            end()
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")

    def test_a_body_comes_in_large_pieces_which_end_where_it_ends(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pieces: list[tuple[int, int]] = []
        parse = BoundedProtocol._parse

        def parse_and_tell(protocol: BoundedProtocol, piece: bytes) -> None:
            pieces.append((protocol._body_left, len(piece)))
            parse(protocol, piece)

        monkeypatch.setattr(BoundedProtocol, "_parse", parse_and_tell)
        body = bytes(300_000)
        post = b"POST /weights HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        get = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
        last = get % b"Connection: close\r\n"
        with running(settings) as server:
            place = server.servers[0].sockets[0].getsockname()[:2]
            with connection_to(place) as connection:
                sent = (post % len(body), body, *[get % b""] * 100, last)
                answers = answers_on(connection, b"".join(sent))
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 101
        assert all(size <= max(1024, left) for left, size in pieces)
        assert max(size for _, size in pieces) > 10_000

    def test_what_cannot_be_read_yet_is_not_timed_out(self, settings: Settings) -> None:
        begun = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
        with running(settings) as server, waiting_for_news(server, begun) as (connection, end):
            protocol = answering_protocol(server)
            protocol.loop.call_soon_threadsafe(protocol._give_up)
            connection.sendall(b"Connection: close\r\n\r\n")
            end()
            answers = answers_on(connection, b"")
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2


def test_what_still_comes_of_a_body_that_was_refused_is_soon_cut_off(settings: Settings) -> None:
    most, piece = 1000, b"%x\r\n%s\r\n" % (LEAST_BYTES, bytes(LEAST_BYTES))
    put = b"PUT /datasets/pets HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with running(settings.model_copy(update={"dataset_bytes": most})) as server:
        place = server.servers[0].sockets[0].getsockname()[:2]
        with connection_to(place) as connection:
            connection.sendall(put + piece)
            assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")
            (protocol,) = server.server_state.connections
            assert isinstance(protocol, BoundedProtocol)
            connection.sendall(piece)
            wait_until(lambda: protocol._body_bytes == 2 * LEAST_BYTES, "more of it")
            protocol.loop.call_soon_threadsafe(protocol._give_up)
            assert answers_on(connection, b"") == b""


def test_a_body_is_not_read_faster_than_it_is_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, add = bytes(64 * 2**20), upload._Digested.add
    is_full, goes_on = threading.Event(), threading.Event()

    def add_later(sink: upload._Digested, data: bytes | bytearray) -> None:
        is_full.set()
        assert goes_on.wait(60)
        add(sink, data)

    monkeypatch.setattr(upload._Digested, "add", add_later)
    head = b"PUT /datasets/pets HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
    with running(settings) as server:
        place = server.servers[0].sockets[0].getsockname()[:2]
        with connection_to(place) as connection:
            sender = threading.Thread(target=connection.sendall, args=[head % len(body) + body])
            sender.start()
            protocol = answering_protocol(server)
            assert is_full.wait(60)
            sender.join(0.5)
            kept = len(protocol.cycle.body)
            goes_on.set()
            sender.join()
            assert connection.recv(4096).startswith(b"HTTP/1.1 415 ")
    assert kept < 2**20


def answering_protocol(server: Server) -> BoundedProtocol:
    """Return the server's side of the connection on which something is being answered."""

    def found() -> list[BoundedProtocol]:
        protocols = [p for p in server.server_state.connections if isinstance(p, BoundedProtocol)]
        return [p for p in protocols if p.cycle is not None and not p.cycle.response_complete]

    wait_until(lambda: len(found()) == 1, "the request to be read")
    (protocol,) = found()
    return protocol


@contextmanager
def waiting_for_news(
    server: Server, then: bytes = b""
) -> Iterator[tuple[socket.socket, Callable[[], object]]]:
    """Open a connection whose answer waits for a search's end; more has been sent on it already.

    Yields it with what ends the search.
    """
    place = server.servers[0].sockets[0].getsockname()[:2]
    with httpx.Client(base_url=f"http://{place[0]}:{place[1]}") as client:
        search_id = submit(client)
        path = f"/searches/{search_id}"
        asks = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=60\r\n\r\n"
        with connection_to(place) as connection:
            connection.sendall(asks.encode() + then)
            answering_protocol(server)
            yield connection, lambda: client.post(f"{path}/cancel")


def test_who_reads_nothing_of_what_is_sent_is_disconnected(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_protocol, "UNREAD_SECONDS", 0.2)
    with running(settings) as server:
        place = server.servers[0].sockets[0].getsockname()[:2]
        with connection_to(place, receive_buffer=4096) as connection:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10)
            wait_until(lambda: bool(server.server_state.connections), "the connection")
            wait_until(lambda: not server.server_state.connections, "its end")


def test_what_asks_for_another_protocol_is_answered_as_if_it_had_not(
    shared_client: httpx.Client,
) -> None:
    asks = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    with connection_to(place_of(shared_client)) as connection:
        answer = answers_on(connection, asks)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close\r\n" in answer


class TestConnectionsOfAnAddress:
    def test_one_too_many_is_refused_until_another_has_ended(self, settings: Settings) -> None:
        few = settings.model_copy(update={"connections_per_address": FEW})
        with serve(few) as client, ExitStack() as stack:
            place = place_of(client)
            first, *_ = (stack.enter_context(connection_to(place)) for _ in range(FEW))
            with connection_to(place) as refused:
                assert refused.recv(4096).startswith(b"HTTP/1.1 429 ")
                assert refused.recv(4096) == b""
            with connection_to(place, source="127.0.0.2") as another:
                assert is_served(another)
            first.close()
            wait_until(lambda: is_served_at(place), "room for another")

    def test_a_trusted_proxy_has_any_number(self, settings: Settings) -> None:
        changed = {"connections_per_address": FEW, "trusted_proxies": "127.0.0.0/8"}
        with serve(settings.model_copy(update=changed)) as client, ExitStack() as stack:
            place = place_of(client)
            for _ in range(FEW + 1):
                assert is_served(stack.enter_context(connection_to(place)))

    def test_addresses_of_one_ipv6_network_count_together(self) -> None:
        limit = ConnectionLimit(1)
        assert limit.enter("2001:db8::1") is not None
        assert limit.enter("2001:db8::2") is None
        assert limit.enter("2001:db8:0:1::2") is not None

    def test_an_ipv4_address_counts_as_one_in_either_form(self) -> None:
        limit = ConnectionLimit(1, trusted=[ipaddress.ip_network("192.0.2.7")])
        assert limit.enter("::ffff:192.0.2.1") is not None
        assert limit.enter("192.0.2.1") is None
        assert limit.enter("::ffff:192.0.2.2") is not None
        assert all(limit.enter("::ffff:192.0.2.7") for _ in range(2))


@pytest.mark.parametrize(
    ("trusted", "told"),
    [("", "127.0.0.1"), ("127.0.0.1", "192.0.2.9"), ("10.0.0.0/8", "127.0.0.1")],
)
def test_only_a_trusted_proxy_says_whom_it_asks_for(
    settings: Settings, caplog: pytest.LogCaptureFixture, trusted: str, told: str
) -> None:
    caplog.set_level(logging.INFO, logger=ACCESS_LOGGER)
    with serve(settings.model_copy(update={"trusted_proxies": trusted})) as client:
        client.get("/livez", headers={"X-Forwarded-For": "192.0.2.9"})
    assert [getattr(record, "client", None) for record in caplog.records] == [told]


def test_who_sends_without_end_leaves_others_their_turns() -> None:
    """Parsing takes time: of what came at once, only so much is parsed in one turn of the loop."""
    body = b"%x\r\n%s\r\n" % (2**20, bytes(2**20))
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    received = 0

    async def receive_all(_: Any, receive: Any, send: Any) -> None:
        nonlocal received
        more = True
        while more:
            message = await receive()
            received += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def take() -> tuple[int, bytes]:
        config = uvicorn.Config(receive_all, lifespan="off")
        config.load()
        protocol = BoundedProtocol(config=config, server_state=ServerState(), app_state={})
        ours, theirs = socket.socketpair()
        with theirs:
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(lambda: protocol, ours)
            protocol.data_received(head + body + b"0\r\n\r\n")
            at_once = len(protocol.cycle.body)
            theirs.setblocking(False)
            return at_once, await loop.sock_recv(theirs, 4096)

    at_once, answer = asyncio.run(take())
    assert 0 < at_once <= 2**16
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert received == 2**20
