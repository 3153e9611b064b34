"""Without a key: many requests on each connection, whose answers are not read.

The service must end each connection once its client has taken nothing for a while, and must not
keep what the client sent meanwhile: the memory that all attacks are measured by tells that.
"""

import socket
import time
from collections.abc import Set
from contextlib import ExitStack, suppress

import psutil

from api.http.bounded_protocol import UNREAD_SECONDS
from tests.attacks.attack import MIB, Attack, Outcome, Target

CONNECTIONS = 30
REQUESTS = 40_000
"""On each connection."""
_REQUEST = b"GET / HTTP/1.1\r\n\r\n"
_LOOK_SECONDS = 0.2
_SLACK_SECONDS = 20.0
"""Until the first answers have filled what is taken, and for a busy machine."""
_TAKEN = 4096
"""Bytes of answers that the attacker's sockets take at most, without their being read."""


def _attack(target: Target) -> Outcome:
    unsent: dict[socket.socket, memoryview] = {}
    seen: set[int] = set()
    still_open: Set[int] = set()
    begun, seconds = time.monotonic(), 0.0
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _TAKEN)
            connection.connect(target.place)
            connection.setblocking(False)
            unsent[connection] = memoryview(_REQUEST * REQUESTS)
        ports = {connection.getsockname()[1] for connection in unsent}
        while target.has_time() and (still_open or seen != ports):
            _send_more(unsent)
            time.sleep(_LOOK_SECONDS)
            still_open = ports & _ports_served(target.api_pid)
            seen |= still_open
            seconds = time.monotonic() - begun
    sent = CONNECTIONS * REQUESTS * len(_REQUEST) - sum(map(len, unsent.values()))
    ended = len(seen - still_open)
    return Outcome(
        said=f"{ended} of {CONNECTIONS} connections were ended within {seconds:.0f} s, "
        f"{sent / MIB:.1f} MiB were sent on them",
        held=ended == CONNECTIONS,
    )


def _send_more(unsent: dict[socket.socket, memoryview]) -> None:
    for connection, rest in unsent.items():
        with suppress(OSError):  # its buffers are full, or it was ended
            unsent[connection] = rest[connection.send(rest) :]


def _ports_served(pid: int) -> Set[int]:
    """Return the ports of the clients whose connections a process has open."""
    connections = psutil.Process(pid).net_connections(kind="tcp")
    return {connection.raddr.port for connection in connections if connection.raddr}


ATTACK = Attack(
    name="pipelined requests, answers unread",
    row=1,
    run=_attack,
    seconds=UNREAD_SECONDS + _SLACK_SECONDS,
)
