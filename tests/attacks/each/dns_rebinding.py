"""Without keys: a page whose name leads to this machine, as its reader's browser sends it."""

from collections.abc import Mapping
from typing import Any

from tests.api.calls import QUICK
from tests.attacks.attack import Attack, Outcome, Target

_KEY = {"owner": "eve", "name": "to stay", "scopes": ["admin"]}
_CALLS: tuple[tuple[str, str, Mapping[str, Any] | None], ...] = (
    ("GET", "/me", None),
    ("GET", "/searches", None),
    ("GET", "/ui", None),
    ("POST", "/searches", QUICK),
    ("POST", "/keys", _KEY),
)


def _attack(target: Target) -> Outcome:
    with target.client() as client:
        answers = [
            client.request(method, path, json=body, headers={"Host": host})
            for host in ("evil.example", f"evil.example:{target.place[1]}", "127.0.0.1.nip.io")
            for method, path, body in _CALLS
        ]
        from_here = client.post("/keys", json=_KEY).status_code
        is_served = client.get("/me").is_success
    refused = sum(answer.status_code == 421 for answer in answers)
    return Outcome(
        said=f"{refused} of {len(answers)} were 421; a key over the open port: {from_here}",
        held=refused == len(answers) and from_here == 403 and is_served,
    )


ATTACK = Attack(name="DNS rebinding", row=3, run=_attack, auth="off")
