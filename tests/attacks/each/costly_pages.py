"""Without a key: what costs most to answer, asked for on many connections."""

import threading
from collections import Counter

from tests.attacks.attack import Attack, Outcome, Target

CONNECTIONS = 30
PATHS = (
    "/",
    "/openapi.json",
    "/docs/swagger-ui-bundle.js",
    "/metrics",
    "/readyz",
    "/ui",
)


def _attack(target: Target) -> Outcome:
    answers: Counter[int] = Counter()

    def ask() -> None:
        with target.client() as client:
            while target.has_time():
                for path in PATHS:
                    answers[client.get(path).status_code] += 1

    asking = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(answers.items()))
    return Outcome(said=told, held=set(answers) <= {200})


ATTACK = Attack(name="costly pages", row=1, run=_attack)
