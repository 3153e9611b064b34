"""Follows the events of a job over as many connections as it takes. No I/O here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

from cli.client.call import Call
from cli.client.errors import ServiceUnreachable
from cli.client.models import Event
from cli.client.server_sent_events import MessageReader

_RETRY_SECONDS = 1.0
_BARREN_CONNECTIONS = 20
_END = "end"
_QUIET_SECONDS = 15.0
"""The service sends something at least this often."""


class Follower:
    """Which of a job's events have arrived, and what to ask for next."""

    def __init__(self, path: str, after: int) -> None:
        self._has_ended = False
        self._path = f"{path}/events/stream"
        self._last = after
        self._retry_seconds = _RETRY_SECONDS
        self._barren = 0

    def next_call(self) -> Call[httpx.Response]:
        """Return the call that opens the stream after the last event.

        Raises:
            ServiceUnreachable: many connections in a row ended without sending anything.
        """
        if self._barren >= _BARREN_CONNECTIONS:
            reason = "every connection ended without sending anything"
            raise ServiceUnreachable(self._path, reason=reason)
        self._barren += 1
        self._reader = MessageReader()
        return Call(
            method="GET",
            path=self._path,
            read=lambda response: response,
            is_stream=True,
            wait_seconds=_QUIET_SECONDS,
            headers={"Accept": "text/event-stream", "Last-Event-ID": str(self._last)},
        )

    @contextmanager
    def connected(self, response: httpx.Response) -> Iterator[None]:
        """Note how a connection begins and ends; a broken connection is not an error."""
        if response.status_code == 204:
            self._has_ended = True
        with suppress(httpx.TransportError):
            yield
        self._retry_seconds = self._reader.retry_seconds or self._retry_seconds

    def receive(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that this chunk completes."""
        self._barren = 0
        for message in self._reader.feed(chunk):
            if message.name == _END:
                self._has_ended = True
                return
            event = Event.model_validate_json(message.data)
            self._last = event.seq
            yield event

    def has_ended(self) -> bool:
        """Tell whether nothing more will come."""
        return self._has_ended

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next connection."""
        return 0.0 if self._has_ended else self._retry_seconds
