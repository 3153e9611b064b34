"""Without a key: many small requests, each of which could write a line into the log."""

from tests.attacks.attack import MIB, Attack, Outcome, Target

REQUESTS = 7_000
_AT_ONCE = 50
_REQUEST = b"GET /searches HTTP/1.1\r\nHost: localhost\r\n\r\n"
_MOST_LINES = 1_000
"""Of all, the bystander's among them."""


def _attack(target: Target) -> Outcome:
    log = target.home / "logs" / "api.log"
    before = _lines_without_a_key(log.read_text())
    sent = answered = 0
    with target.connect() as connection:
        while target.has_time() and answered < REQUESTS:
            connection.sendall(_REQUEST * _AT_ONCE)
            sent += _AT_ONCE
            while answered < sent:
                answered += connection.recv(MIB).count(b"HTTP/1.1 401 ")
    written = _lines_without_a_key(log.read_text()) - before
    return Outcome(
        said=f"{answered:,} requests ({sent * len(_REQUEST) // 1024} KiB) wrote {written:,} lines",
        held=written <= _MOST_LINES and answered > _MOST_LINES,
    )


def _lines_without_a_key(log: str) -> int:
    return log.count(" 401 in ")


ATTACK = Attack(name="a flood without a key", row=14, run=_attack)
