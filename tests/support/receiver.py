"""A receiver of webhooks on this machine that answers as a test wants."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_POLL_SECONDS = 0.01
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Received:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with these statuses in turn, then with 204; a 0 is not answered until the end."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    requests: "queue.Queue[Received]" = field(default_factory=queue.Queue)
    over: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Received:
        """Wait for the next request."""
        return self.requests.get(timeout=_PATIENCE_SECONDS)


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """Run a receiver for the block."""
    receiver = Receiver(statuses=[*statuses])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.put(Received(self.path, headers, body))
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            if status == 0:
                receiver.over.wait(_PATIENCE_SECONDS)
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
