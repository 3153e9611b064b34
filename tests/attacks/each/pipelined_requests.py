"""Without a key: many requests on each connection, whose answers are not read."""

import selectors
import socket
from contextlib import ExitStack

from tests.attacks.attack import MIB, Attack, Outcome, Target

CONNECTIONS = 30
REQUESTS = 40_000
"""On each connection."""
_REQUEST = b"GET / HTTP/1.1\r\n\r\n"


def _attack(target: Target) -> Outcome:
    whole = memoryview(_REQUEST * REQUESTS)
    sent: dict[socket.socket, int] = {}
    closed = 0
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        for _ in range(CONNECTIONS):
            connection = stack.enter_context(target.connect())
            connection.setblocking(False)
            ready.register(connection, selectors.EVENT_WRITE)
            sent[connection] = 0
        while target.has_time():
            for key, _ in ready.select(0.1):
                busy = key.fileobj
                assert isinstance(busy, socket.socket)
                try:
                    sent[busy] += busy.send(whole[sent[busy] :])
                except OSError:
                    closed += 1
                    ready.unregister(busy)
                else:
                    if sent[busy] == len(whole):
                        ready.unregister(busy)
    total = sum(sent.values())
    return Outcome(said=f"{total / MIB:.1f} MiB were taken, {closed} closed", held=True)


ATTACK = Attack(name="pipelined requests, answers unread", row=1, run=_attack, seconds=20.0)
