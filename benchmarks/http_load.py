"""A load generator: connections that each send one request after another, and time the answers."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import httptools

_LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to send, and the status to expect."""

    kind: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    expected: int = 200

    def encode(self) -> bytes:
        """Return the bytes that go over the connection."""
        headers = {"Host": "127.0.0.1", **self.headers}
        if self.body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How one request went."""

    kind: str
    status: int
    is_error: bool
    seconds: float


MakeRequest = Callable[[random.Random], Request]


def run_load(port: int, make: MakeRequest, *, connections: int, seconds: float) -> list[Sample]:
    """Send requests to a port of this machine for some seconds; return how each one went."""
    return asyncio.run(_run(port, make, connections, seconds))


def run_times(port: int, requests: Iterable[Request]) -> list[Sample]:
    """Send requests over one connection, one after another; return how each one went."""
    return asyncio.run(_run_in_turn(port, requests))


async def _run(port: int, make: MakeRequest, connections: int, seconds: float) -> list[Sample]:
    opened = [await _connect(port) for _ in range(connections)]
    end = time.perf_counter() + seconds
    samples: list[Sample] = []

    async def send(connection: "_Connection", dice: random.Random) -> None:
        while time.perf_counter() < end:
            samples.append(await _time(connection, make(dice)))

    try:
        await asyncio.gather(
            *(
                send(connection, random.Random(number))  # noqa: S311  which request comes next
                for number, connection in enumerate(opened)
            )
        )
    finally:
        for connection in opened:
            connection.close()
    return samples


async def _run_in_turn(port: int, requests: Iterable[Request]) -> list[Sample]:
    connection = await _connect(port)
    try:
        return [await _time(connection, request) for request in requests]
    finally:
        connection.close()


async def _connect(port: int) -> "_Connection":
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(_Connection, "127.0.0.1", port)
    return connection


async def _time(connection: "_Connection", request: Request) -> Sample:
    encoded = request.encode()
    begin = time.perf_counter()
    async with asyncio.timeout(_LONGEST_WAIT_SECONDS):
        status = await connection.ask(encoded)
    seconds = time.perf_counter() - begin
    return Sample(
        kind=request.kind, status=status, is_error=status != request.expected, seconds=seconds
    )


class _Connection(asyncio.Protocol):
    """One kept-alive connection with one request on its way; a lost connection is an error."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._answer: asyncio.Future[int] | None = None

    async def ask(self, request: bytes) -> int:
        """Send a request and return the status of its answer, once the whole answer is there."""
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """End the connection."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    def on_message_complete(self) -> None:
        """Take note of the end of an answer; called by the parser."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())
