"""A key is revoked while its owner follows a search on a stream, and waits for news of another."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.api.calls import QUICK
from tests.attacks.attack import Attack, Outcome, Target

PROMISED_SECONDS = 5.0


def _follow(client: httpx.Client, search_id: str) -> float:
    """Return when the stream ended; infinity if it told of what came after."""
    url = f"/searches/{search_id}/events/stream"
    try:
        with client.stream("GET", url, timeout=2 * PROMISED_SECONDS) as answer:
            told = "".join(answer.iter_text())
    except httpx.TransportError:
        return float("inf")
    return float("inf") if '"type":"cancelled"' in told else time.monotonic()


def _wait(client: httpx.Client, search_id: str) -> float:
    """Return when the wait was refused; infinity if it was answered."""
    answer = client.get(f"/searches/{search_id}", headers={"Prefer": "wait=12"})
    return time.monotonic() if answer.status_code == 401 else float("inf")


def _attack(target: Target) -> Outcome:
    with target.client(target.key) as client, target.client(target.admin_key) as admin:
        search_id = client.post("/searches", json=QUICK).json()["id"]
        key_id = client.get("/me").json()["key"]["id"]
        calls: tuple[Callable[[httpx.Client, str], float], ...] = (_follow, _wait)
        with ThreadPoolExecutor() as waiting:
            ends = [waiting.submit(call, client, search_id) for call in calls]
            time.sleep(1)
            revoked_at = time.monotonic()
            admin.delete(f"/keys/{key_id}").raise_for_status()
            stream, wait = (end.result() - revoked_at for end in ends)
    return Outcome(
        said=f"the stream ended after {stream:.1f} s, the wait after {wait:.1f} s",
        held=max(stream, wait) <= PROMISED_SECONDS,
    )


ATTACK = Attack(name="a key that ends", row=5, run=_attack)
