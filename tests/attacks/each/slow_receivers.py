"""With a key: twenty webhooks at a receiver that drips, and hundreds of pings.

Another owner's delivery must arrive meanwhile, and pings beyond the cap must be refused.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

from store.database import Database
from tests.attacks.attack import Attack, Outcome, Target
from tests.support.keys import make_key
from tests.support.receiver import receiving

WEBHOOKS = 20
PINGS = 480
_LONGEST_WAIT_SECONDS = 5.0
_EVENTS = ["search.succeeded"]


def _attack(target: Target) -> Outcome:
    with dripping() as url, receiving() as receiver, target.client(target.key) as client:
        hooks = [_make(client, url) for _ in range(WEBHOOKS)]
        statuses = [
            client.post(f"/webhooks/{hooks[n % WEBHOOKS]}/ping").status_code for n in range(PINGS)
        ]
        time.sleep(2)
        with target.client(_other_key(target)) as other:
            begun = time.monotonic()
            mine = _make(other, receiver.url)
            ping = other.post(f"/webhooks/{mine}/ping").json()
            arrived = receiver.next().headers["webhook-id"] == ping["id"]
            seconds = time.monotonic() - begun
    refused = statuses.count(429)
    return Outcome(
        said=f"another's delivery took {seconds:.1f} s, {refused} of {PINGS} pings refused",
        held=arrived and seconds < _LONGEST_WAIT_SECONDS and refused > PINGS / 2,
    )


def _make(client: httpx.Client, url: str) -> str:
    answer = client.post("/webhooks", json={"url": url, "events": _EVENTS})
    return str(answer.raise_for_status().json()["id"])


def _other_key(target: Target) -> str:
    database = Database(target.database_url)
    try:
        return make_key(database, owner="neighbour").text
    finally:
        database.close()


@contextmanager
def dripping() -> Iterator[str]:
    """Run a receiver whose answers come a byte a second, and never end."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while not over.wait(1):
                connection.sendall(b"x")

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while not over.is_set():
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        threading.Thread(target=accept, args=(listening,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        listening.shutdown(socket.SHUT_RDWR)


ATTACK = Attack(
    name="webhooks at a receiver that drips",
    row=4,
    run=_attack,
    seconds=30.0,
    environment={
        "PDARTS_WEBHOOKS": "on",
        "PDARTS_WEBHOOK_HTTP": "on",
        "PDARTS_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "PDARTS_REQUESTS_PER_MINUTE": "0",
    },
)
