"""The service that is attacked, as a user starts it, with others' searches in it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from tests.api.calls import QUICK
from tests.attacks.attack import Attack, Target, ask_workers
from tests.attacks.bystander import Errand
from tests.support.databases import make_postgres_template, postgres_database
from tests.support.keys import bearer
from tests.support.servers import PostgresServer, RedisServer, wait_until
from tests.support.service import run_pdarts, service

DatabaseKind = Literal["sqlite", "postgresql"]
RedisKind = Literal["running", "stopped"]
_OTHERS = ("ada", "grace", "emmy")
"""Owners beside the attacker: the bystander takes turns, and stays within the limits of each."""


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A service to be attacked."""

    target: Target
    errand: Errand


@contextmanager
def servers(kind: DatabaseKind) -> Iterator[PostgresServer | None]:
    """Start what the services of all attacks share."""
    if kind == "sqlite":
        yield None
        return
    server = PostgresServer()
    try:
        server.start()
        make_postgres_template(server)
        yield server
    finally:
        server.delete()


@contextmanager
def standing(
    attack: Attack, folder: Path, postgres: PostgresServer | None, redis: RedisKind
) -> Iterator[Stand]:
    """Run a service for one attack."""
    home = folder / "home"
    with ExitStack() as stack:
        variables = {"PDARTS_AUTH": attack.auth, **attack.environment}
        database_url = f"sqlite:///{home / 'pdarts.db'}"
        if postgres is not None:
            database_url = stack.enter_context(postgres_database(postgres))
            variables["PDARTS_DATABASE_URL"] = database_url
        broker = RedisServer(folder)
        if redis == "stopped":
            broker.start()
            stack.callback(broker.stop)
            variables["PDARTS_REDIS_URL"] = broker.url
        admin_key = _make_admin_key(home, variables) if attack.auth == "on" else ""
        running = stack.enter_context(service(home, **variables))
        with httpx.Client(base_url=running.url, timeout=30, trust_env=False) as client:
            client.headers.update(bearer(admin_key) if admin_key else {})
            _drain_worker(client)
            errand = _prepare_others(client, running.url, with_keys=attack.auth == "on")
            key = _make_key(client, "mallory") if attack.auth == "on" else ""
        broker.stop()
        yield Stand(
            target=Target(
                url=running.url,
                home=home,
                database_url=database_url,
                api_pid=running.children()["api"],
                key=key,
                admin_key=admin_key,
            ),
            errand=errand,
        )


def _make_admin_key(home: Path, variables: dict[str, str]) -> str:
    words = ("keys", "create", "--owner", "root", "--scope", "admin", "--json")
    made = run_pdarts(home, *words, **variables)
    assert made.returncode == 0, made.stderr
    return str(json.loads(made.stdout)["key"])


def _drain_worker(client: httpx.Client) -> None:
    def is_there() -> bool:
        return any(worker["alive"] for worker in client.get("/workers").json()["data"])

    wait_until(is_there, "a worker", 60.0)
    ask_workers(client, "drain")


def _make_key(client: httpx.Client, owner: str) -> str:
    wanted = {"owner": owner, "name": "attacks", "scopes": ["read", "submit"]}
    answer = client.post("/keys", json=wanted)
    answer.raise_for_status()
    return str(answer.json()["key"])


def _prepare_others(client: httpx.Client, url: str, *, with_keys: bool) -> Errand:
    reads = []
    for owner in _OTHERS:
        key = _make_key(client, owner) if with_keys else ""
        made = client.post("/searches", json=QUICK, headers=bearer(key) if key else {})
        made.raise_for_status()
        reads += [(key, f"/searches/{made.json()['id']}"), (key, "/searches?limit=10")]
    return Errand(url=url, reads=reads)
