"""Without a key: what costs most to answer, asked for on many connections."""

import random
from collections import Counter

from benchmarks.http_load import Request, run_load
from tests.attacks.attack import Attack, Outcome, Target

CONNECTIONS = 30
SECONDS = 10.0
REQUESTS = [
    Request(kind=path, method="GET", path=path, headers={"Accept-Encoding": "gzip"})
    for path in ("/", "/openapi.json", "/docs/swagger-ui-bundle.js", "/metrics", "/readyz", "/ui")
]


def _ask(dice: random.Random) -> Request:
    return dice.choice(REQUESTS)


def _attack(target: Target) -> Outcome:
    _, port = target.place
    samples = run_load(port, _ask, connections=CONNECTIONS, seconds=SECONDS)
    statuses = Counter(sample.status for sample in samples)
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    return Outcome(said=told, held=set(statuses) <= {200})


ATTACK = Attack(name="costly pages", row=1, run=_attack, seconds=SECONDS)
