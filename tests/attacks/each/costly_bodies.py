"""One key, within its rate: bodies that take long to read and to check, on many connections."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

from tests.api.calls import QUICK
from tests.attacks.attack import Attack, Outcome, Target

CONNECTIONS = 16
_COSTLY: tuple[dict[str, Any], ...] = (
    {"metadata": {"lists": [[]] * 85_000}},
    {f"unknown-{number}": 0 for number in range(15_000)},
    {"metadata": {"lists": [[]] * 980}},
    {f"unknown-{number}": 0 for number in range(650)},
    {"metadata": {"texts": ["\0", *[[]] * 900]}},
)
_BODIES = [json.dumps(QUICK | more, separators=(",", ":")).encode() for more in _COSTLY]
_HARMLESS = {200, 413, 422, 429}


def _attack(target: Target) -> Outcome:
    answered: Counter[int] = Counter()
    largest = 0

    def send(first: int) -> None:
        nonlocal largest
        with target.client(target.key) as client:
            client.headers["Content-Type"] = "application/json"
            bodies = cycle(_BODIES[first:] + _BODIES[:first])
            while target.has_time():
                answer = client.post("/searches?dry_run=true", content=next(bodies))
                answered[answer.status_code] += 1
                largest = max(largest, len(answer.content))

    with ThreadPoolExecutor(CONNECTIONS) as senders:
        list(senders.map(send, [number % len(_BODIES) for number in range(CONNECTIONS)]))
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(answered.items()))
    held = set(answered) <= _HARMLESS and largest < 2**16
    return Outcome(said=f"{counts}; the largest answer: {largest / 1024:.0f} KiB", held=held)


ATTACK = Attack(name="bodies of many values", row=2, run=_attack)
