"""A line to a server that is cut in the middle of what is sent, and mended."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

_PIECE = 2**16


class CutLine(ThreadingTCPServer):
    """Passes on what comes to another port of this machine, until it is cut.

    Args:
        port: where the server is.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.target = ("127.0.0.1", port)
        self._left: int | None = None
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def cut_after(self, size: int) -> None:
        """Let so many bytes through in all, to and fro, and no more."""
        self._left = size

    def mend(self) -> None:
        self._left = None

    def lets_through(self, size: int) -> bool:
        with self._lock:
            if self._left is None:
                return True
            self._left -= size
            return self._left >= 0


@contextmanager
def cut_line(port: int) -> Iterator[CutLine]:
    """Serve such a line."""
    with CutLine(port) as line:
        thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield line
        finally:
            line.shutdown()
            thread.join()


class _Passing(BaseRequestHandler):
    server: CutLine

    def handle(self) -> None:
        with ExitStack() as stack:
            there = stack.enter_context(socket.create_connection(self.server.target))
            back = threading.Thread(target=self._pass, args=(there, self.request))
            back.start()
            self._pass(self.request, there)
            back.join()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (piece := source.recv(_PIECE)) and self.server.lets_through(len(piece)):
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
