"""Reads server-sent events from bytes as they arrive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Not str.splitlines(), for which more characters end a line; JSON may contain them.
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, kw_only=True)
class Message:
    """One event of the stream."""

    name: str
    data: str
    last_id: str


class MessageReader:
    """Assembles messages, wherever the bytes were cut."""

    def __init__(self) -> None:
        self.retry_seconds: float | None = None
        """How long the server wants clients to wait before they reconnect."""
        self._unfinished = b""
        self._last_id = ""
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Yield the messages that are complete."""
        text = self._unfinished + chunk
        # A carriage return at the end may be half of a line end.
        held = text[-1:] if text.endswith(b"\r") else b""
        *lines, rest = _LINE_END.split(text.removesuffix(b"\r"))
        self._unfinished = rest + held
        for line in lines:
            message = self._take(line.decode(errors="replace"))
            if message is not None:
                yield message

    def _take(self, line: str) -> Message | None:
        if line == "":
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id" if "\0" not in value:
                self._last_id = value
            case "retry" if value.isdecimal():
                self.retry_seconds = int(value) / 1000
        return None

    def _dispatch(self) -> Message | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        if not data:
            return None
        return Message(name=name, data="\n".join(data), last_id=self._last_id)
