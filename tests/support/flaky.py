"""Real servers that fail on request, for clients that must cope."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_POLL_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """One answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    breaks_off: bool = False
    """Close the connection instead of answering, after the request was read."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class ScriptedServer(ThreadingHTTPServer):
    """Gives scripted answers, one after another, and records the requests."""

    daemon_threads = True

    def __init__(self, script: Sequence[Scripted]) -> None:
        super().__init__(("127.0.0.1", 0), _ScriptedHandler)
        self.script = list(script)
        self.received: list[Received] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _ScriptedHandler(BaseHTTPRequestHandler):
    server: ScriptedServer

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(
            Received(method=self.command, path=self.path, headers=headers, body=body)
        )
        answer = self.server.script.pop(0)
        if answer.breaks_off:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body.encode())

    do_GET = do_POST = do_DELETE = do_PATCH = _answer  # noqa: N815


@contextmanager
def scripted(*script: Scripted) -> Iterator[ScriptedServer]:
    """Run a server that gives these answers; a request beyond them gets none."""
    server = ScriptedServer(script)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Wire:
    """A port that leads to another one, and can be cut."""

    def __init__(self, target: int, port: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every existing connection; new ones are accepted."""
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Accept no more connections, and break the existing ones."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self.connections += 1
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(source, sink), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    source.close()


@contextmanager
def wire_to(target: int, *, port: int = 0) -> Iterator[Wire]:
    """Lay a wire to a port of this machine, from any that is free unless one is named."""
    wire = Wire(target, port)
    try:
        yield wire
    finally:
        wire.close()
