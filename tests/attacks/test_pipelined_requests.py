"""What the attack says of a service that ends connections whose answers lie unread, or does not."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.attacks.attack import Outcome, Target
from tests.attacks.each.pipelined_requests import ATTACK, CONNECTIONS


@contextmanager
def served(*, keeps: bool) -> Iterator[Target]:
    """Serve connections without a word: keep them, or end each after half a second."""
    with ExitStack() as kept, socket.create_server(("127.0.0.1", 0), backlog=128) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection = kept.enter_context(listening.accept()[0])
                    if not keeps:
                        threading.Timer(0.5, connection.close).start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        yield Target(
            url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            home=Path(),
            database_url="",
            api_pid=os.getpid(),
            key="",
            admin_key="",
            ends_at=time.monotonic() + (1 if keeps else 30),
        )
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()


def attack(*, keeps: bool) -> Outcome:
    with served(keeps=keeps) as target:
        return ATTACK.run(target)


def test_a_service_holds_that_ends_all_connections() -> None:
    outcome = attack(keeps=False)
    assert outcome.held
    assert outcome.said.startswith(f"{CONNECTIONS} of {CONNECTIONS} connections were ended")


def test_a_service_that_keeps_connections_does_not_hold() -> None:
    outcome = attack(keeps=True)
    assert not outcome.held
    assert outcome.said.startswith(f"0 of {CONNECTIONS} connections were ended")
