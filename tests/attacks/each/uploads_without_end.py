"""With a key: uploads by the hundred, parts that drip, and archives that never end.

Only so many uploads may be begun, what drips is cut off, what never ends is refused, and nothing of
it stays on the disk but the few bytes that came of uploads which may still go on.
"""

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx

from tests.attacks.attack import MIB, Attack, Outcome, Target

UPLOADS = 130
ALLOWED = 100
DRIPPING = 8
ENDLESS = 4
LARGEST = 32 * MIB
_MOST_LEFT = 4 * MIB
_PIECE = b"\0" * 2**16


def _attack(target: Target) -> Outcome:
    before = _bytes_in(target.home)
    with target.client(target.key) as client:
        begun = [_begin(client) for _ in range(UPLOADS)]
    places = [answer.headers["location"] for answer in begun if answer.status_code == 201]
    with ThreadPoolExecutor(DRIPPING + ENDLESS) as senders:
        drips = [senders.submit(_drip, target, places[number]) for number in range(DRIPPING)]
        endless = [senders.submit(_send_without_end, target) for _ in range(ENDLESS)]
    cut = sum(drip.result() for drip in drips)
    refusals: Counter[int] = sum((one.result() for one in endless), Counter())
    time.sleep(1)
    left = _bytes_in(target.home) - before
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(refusals.items()))
    return Outcome(
        said=f"{len(places)} of {UPLOADS} uploads begun, {cut} of {DRIPPING} drips ended, "
        f"endless archives: {counts}; {left / MIB:.1f} MiB left",
        held=len(places) == ALLOWED
        and cut == DRIPPING
        and bool(refusals)
        and refusals.keys() <= {413, 429}
        and left < _MOST_LEFT,
    )


def _begin(client: httpx.Client) -> httpx.Response:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(MIB)}
    return client.post("/v1/uploads", headers=headers)


def _drip(target: Target, place: str) -> bool:
    """Send a byte a second; tell whether the service ended that before the time was up."""
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {target.key}\r\n"
        "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {MIB}\r\n\r\n"
    )
    with target.connect() as connection:
        connection.settimeout(1)
        connection.sendall(head.encode())
        while target.has_time():
            try:
                connection.sendall(b"x")
                if connection.recv(4096):
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
            else:
                return True
    return False


def _send_without_end(target: Target) -> Counter[int]:
    """Send archives that never end, one after another, and count how they are answered."""
    head = (
        "PUT /v1/datasets/endless HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {target.key}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    answered: Counter[int] = Counter()
    while target.has_time():
        with target.connect() as connection:
            _pour(connection, head.encode())
            with suppress(OSError):
                words = connection.recv(64).split()
                if len(words) > 1:
                    answered[int(words[1])] += 1
    return answered


def _pour(connection: socket.socket, head: bytes) -> None:
    with suppress(OSError):
        connection.sendall(head)
        for _ in range(2 * LARGEST // len(_PIECE)):
            connection.sendall(b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE))


def _bytes_in(home: Path) -> int:
    """Return what lies in the home, the database and logs apart."""
    return sum(
        path.stat().st_size
        for path in home.rglob("*")
        if path.is_file() and not path.name.startswith("pdarts.db") and path.suffix != ".log"
    )


ATTACK = Attack(
    name="uploads without end",
    row=15,
    run=_attack,
    seconds=45.0,
    environment={"PDARTS_REQUESTS_PER_MINUTE": "0", "PDARTS_DATASET_BYTES": str(LARGEST)},
)
