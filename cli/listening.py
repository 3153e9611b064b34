"""The service's address: taken before anything starts, and kept while the API restarts."""

import errno
import ipaddress
import socket

from cli.errors import AlreadyInUse, UnfitMachine

BACKLOG = 2048
"""Connections that may wait, for instance while the API starts again."""


def listen(host: str, port: int) -> socket.socket:
    """Listen on the address; port 0 takes any free one.

    Raises:
        AlreadyInUse: another program listens there.
        UnfitMachine: this machine has no such address, or keeps the port to itself.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AlreadyInUse(
                f"port {port} of {host} is in use by another program. "
                "Use another one: make up PORT=8001, or PDARTS_PORT=8001 pdarts up"
            ) from error
        raise UnfitMachine(f"cannot listen on {host}, port {port}: {error.strerror}") from error


def url_for(host: str, port: int) -> str:
    """Return the URL at which a program on this machine reaches the address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"
