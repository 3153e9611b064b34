"""Without keys: a page of another site submits forms to routes that take no body."""

from tests.api.calls import submit
from tests.attacks.attack import Attack, Outcome, Target

_PAGES = (
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
)
_MOVES = ("pause", "resume", "cancel")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _attack(target: Target) -> Outcome:
    with target.client() as client:
        path = f"/searches/{submit(client)}"
        worker = client.get("/workers").json()["data"][0]["id"]
        routes = [*(f"{path}/{move}" for move in _MOVES), f"/workers/{worker}/undrain"]
        statuses = [
            client.post(route, headers=_FORM | page).status_code
            for page in _PAGES
            for route in routes
        ]
        state = client.get(path).json()["status"]
        own = client.post(f"{path}/cancel").status_code
    refused = statuses.count(403)
    return Outcome(
        said=f"{refused} of {len(statuses)} were 403, the search is {state}; a program: {own}",
        held=refused == len(statuses) and state == "queued" and own == 202,
    )


ATTACK = Attack(name="a page of another site", row=9, run=_attack, auth="off")
