"""`python -m api`: the HTTP interface, at an address or on a socket that already listens."""

import argparse
import sys
from collections.abc import Sequence

_SWITCH_SECONDS = 0.0005
"""How long a thread waits for the interpreter while another computes. A read from the database asks
for it some twenty times: at Python's 5 ms, it takes a second while the event loop is busy."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m api", description="Serve the HTTP interface.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="an open socket that listens, instead of an address")
    options = parser.parse_args(arguments)
    try:
        exit_code = _serve(options)
    except KeyboardInterrupt:
        exit_code = 0
    sys.exit(exit_code)


def _serve(options: argparse.Namespace) -> int:
    # Imported here: these take a second, in which Ctrl-C is to end the process quietly, too.
    from uvicorn.config import STARTUP_FAILURE  # noqa: PLC0415

    from api import server as api_server  # noqa: PLC0415
    from store.settings import get_settings  # noqa: PLC0415

    api_server.allow_many_connections()
    sys.setswitchinterval(_SWITCH_SECONDS)
    server = api_server.make_server(
        api_server.create_app, get_settings(), host=options.host, port=options.port
    )
    sockets = None if options.fd is None else [api_server.inherited_socket(options.fd)]
    server.config.load()
    server.run(sockets=sockets)
    return 0 if server.started else STARTUP_FAILURE


if __name__ == "__main__":
    main()
