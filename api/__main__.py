"""`python -m api`: the HTTP interface, at an address or on a socket that already listens."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress

from uvicorn.config import STARTUP_FAILURE

from api.server import create_app, inherited_socket, make_server


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m api", description="Serve the HTTP interface.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="an open socket that listens, instead of an address")
    options = parser.parse_args(arguments)
    server = make_server(create_app, host=options.host, port=options.port)
    sockets = None if options.fd is None else [inherited_socket(options.fd)]
    server.config.load()
    with suppress(KeyboardInterrupt):
        server.run(sockets=sockets)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
