"""Without a key: queries of thousands of parameters that nobody knows."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.attacks.attack import Attack, Outcome, Target

CONNECTIONS = 8
PARAMETERS = 7500
_QUERY = "&".join(f"p{number % 1000}" for number in range(PARAMETERS))


def _attack(target: Target) -> Outcome:
    answered: Counter[int] = Counter()
    received = 0

    def ask(path: str) -> None:
        nonlocal received
        with target.client() as client:
            request = client.build_request("GET", f"{path}?{_QUERY}")
            while target.has_time():
                answer = client.send(request)
                answered[answer.status_code] += 1
                received = max(received, len(answer.content))

    with ThreadPoolExecutor(CONNECTIONS) as askers:
        list(askers.map(ask, ["/livez", "/metrics"] * (CONNECTIONS // 2)))
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(answered.items()))
    return Outcome(
        said=f"{counts}; the largest answer: {received} bytes",
        held=set(answered) == {422} and received < 2**16,
    )


ATTACK = Attack(name="unknown query parameters", row=7, run=_attack)
