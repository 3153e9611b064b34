"""How connections are read: uvicorn's protocol, with bounds.

What comes before the application sees a request has bounds here: how many connections an address
has, the size of a request's head, the time until the request is complete, how much is taken of what
comes while a request is still being answered, and how long an answer may lie unread. Refusals are
plain text, as uvicorn's own are.
"""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.http.connection_limit import ConnectionLimit

LARGEST_HEAD = 64 * 1024
"""Bytes of a request's first line and headers."""
REQUEST_SECONDS = 30.0
"""From a request's first byte, or a connection's start, to the last byte of its body."""
SLOW_BODY = "pdarts.slow_body"
"""The extension of the ASGI scope by which an endpoint takes a body that takes longer."""
LEAST_BYTES = 512 * 1024
"""How much of such a body must come in the time for a request."""
UNREAD_SECONDS = 30.0
"""How long a client may take nothing of what is sent to it."""
_PIECE = 1024
"""Bytes that are parsed at once. A client that sends requests without waiting for answers can have
no more of them waiting than fit in here; the rest waits unparsed."""
_PIECE_OF_BODY = 64 * 1024
"""The same of a body of known length, up to its end: no request can be in there."""
_PIECE_OF_TURN = 64 * 1024
"""What is parsed of one connection before others have their turn: pieces cost time, and many
clients that send without end would keep all others waiting."""


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 from clients that may never finish, and from those that never wait."""

    connection_limit: ClassVar[ConnectionLimit] = ConnectionLimit()

    flow: "_Flow"
    _leave: Callable[[], None] | None = None
    _is_in_head = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _takes_slow_body = False
    _body_bytes = 0
    _body_left = 0
    _has_turn_to_come = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unparsed = bytearray()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.flow = _Flow(transport)
        if self.client is not None:
            self._leave = self.connection_limit.enter(self.client[0])
            if self._leave is None:
                self._refuse(HTTPStatus.TOO_MANY_REQUESTS)
                return
        _give_up_if_nothing_is_read(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_timer()
        if self._leave is not None:
            self._leave()
        self._unparsed.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as far as no request must be answered first."""
        self._unparsed += data
        self._read_on()

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request; called by the parser."""
        super().on_message_begin()
        self._takes_slow_body, self._body_bytes = False, 0
        self.scope["extensions"] = {SLOW_BODY: {"take": self._take_slow_body}}
        self._start_timer()

    def on_headers_complete(self) -> None:
        """Have the application serve the request; called by the parser."""
        self._is_in_head, self._head_bytes = False, 0
        self._body_left = _announced_bytes(self.headers)
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # To no other protocol: it is answered as if it had not asked. The parser takes what
            # follows for the other protocol, so that nothing can follow.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body; called by the parser."""
        self._body_bytes += len(body)
        self._body_left -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Tell the application that it has the whole body; called by the parser."""
        self._stop_timer()
        self._is_in_head, self._body_left = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to what came meanwhile; called when an answer has been sent."""
        super().on_response_complete()
        if self._is_answered_early():
            self._takes_slow_body = False  # of what still comes, nothing is kept
        self._read_on_later()

    def _unsupported_upgrade_warning(self) -> None:
        pass

    def _read_on(self) -> None:
        begin, size = 0, min(len(self._unparsed), _PIECE_OF_TURN)
        while begin < size and not self._is_busy():
            piece = bytes(self._unparsed[begin : begin + self._next_piece()])
            begin += len(piece)
            self._parse(piece)
        if self.transport.is_closing():
            self._unparsed.clear()
            return
        del self._unparsed[:begin]
        self.flow.hold_reading(bool(self._unparsed))
        if not self._is_busy():
            self._read_on_later()

    def _read_on_later(self) -> None:
        """Parse what waits, once others have had their turn."""
        if self._unparsed and not self._has_turn_to_come:
            self._has_turn_to_come = True
            self.loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._has_turn_to_come = False
        self._read_on()

    def _next_piece(self) -> int:
        """Return how many bytes can be parsed at once."""
        return max(_PIECE, min(self._body_left, _PIECE_OF_BODY))

    def _is_busy(self) -> bool:
        """Tell whether a request that has come completely is yet to be answered."""
        if self.transport.is_closing() or self.pipeline:
            return True
        cycle = self.cycle
        return cycle is not None and not cycle.more_body and not cycle.response_complete

    def _is_answered_early(self) -> bool:
        """Tell whether a request has been answered, and its body still comes."""
        cycle = self.cycle
        return cycle is not None and cycle.more_body and cycle.response_complete

    def _parse(self, piece: bytes) -> None:
        if self._is_in_head:
            self._head_bytes += len(piece)
        super().data_received(piece)
        if self._is_in_head and self._head_bytes > LARGEST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self._is_busy():
            # The rest may have come, and be held back here.
            self._start_timer()
        elif self._takes_slow_body and self._is_going_on():
            self._body_bytes = 0
            self._start_timer()
        elif self._is_answered_early():
            self.transport.close()
        elif self._head_bytes or not self._is_in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _take_slow_body(self) -> None:
        self._takes_slow_body = True

    def _is_going_on(self) -> bool:
        """Tell whether enough of the body came lately, or it is we who do not read it."""
        return self.flow.read_paused or self._body_bytes >= LEAST_BYTES

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering or not self.cycle.response_started:
            head = b"content-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
            words = status.phrase.encode()
            self.transport.write(STATUS_LINE[status] + head % len(words) + words)
        self.transport.close()


def _announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the length of a body that is told before it comes; 0 if it is not."""
    found = dict(headers)
    length = found.get(b"content-length", b"")
    return int(length[:20]) if length.isdigit() and b"transfer-encoding" not in found else 0


def bounded_protocol(limit: ConnectionLimit) -> type[BoundedProtocol]:
    """Return the protocol of a server that counts its connections in this limit."""
    return type("BoundedProtocol", (BoundedProtocol,), {"connection_limit": limit})


def _give_up_if_nothing_is_read(transport: asyncio.Transport) -> None:
    """Have the kernel end the connection, also one that is closing, when its client takes nothing.

    Where it can: Linux. Elsewhere, such a connection stays, and holds no more than its buffers.
    """
    accepted = transport.get_extra_info("socket")
    if sys.platform == "linux" and accepted.family != socket.AF_UNIX:
        accepted.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(UNREAD_SECONDS * 1000)
        )


class _Flow(FlowControl):
    """Reads nothing more while something that has been read waits to be parsed, or to be taken."""

    _is_held = False
    _is_full = False
    """Whether so much of a body waits for the application that uvicorn wants no more."""

    def hold_reading(self, is_held: bool) -> None:  # noqa: FBT001  as a setter has it
        """Stop reading, or go on unless uvicorn wants no more."""
        self._is_held = is_held
        self._apply()

    def pause_reading(self) -> None:
        """Stop, as uvicorn wants to."""
        self._is_full = True
        self._apply()

    def resume_reading(self) -> None:
        """Go on, when uvicorn wants to, unless something waits to be parsed."""
        self._is_full = False
        self._apply()

    def _apply(self) -> None:
        if self._is_held or self._is_full:
            super().pause_reading()
        else:
            super().resume_reading()
