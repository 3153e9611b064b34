"""What an attack is, what it is pointed at, and what it comes to."""

import math
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from cli.client.places import trusted_authorities
from tests.api.calls import QUICK
from tests.support.keys import bearer

_ANSWER_SECONDS = 30.0
MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Target:
    """A running service, as an attacker and the owner of its machine see it."""

    url: str
    home: Path
    database_url: str
    api_pid: int
    key: str
    """The attacker's, with the scopes `read` and `submit`; empty without keys."""
    admin_key: str
    """May do everything; empty without keys."""
    ends_at: float = math.inf
    """When the attack is to stop, on the clock of `time.monotonic`."""

    @property
    def place(self) -> tuple[str, int]:
        """Where it listens."""
        url = httpx.URL(self.url)
        assert url.port is not None
        return url.host, url.port

    def has_time(self) -> bool:
        """Tell whether the attack is to go on."""
        return time.monotonic() < self.ends_at

    def connect(self) -> socket.socket:
        """Open a connection on which nothing is sent yet."""
        return socket.create_connection(self.place, timeout=_ANSWER_SECONDS)

    def client(self, key: str = "") -> httpx.Client:
        """Return a client that shows the key, if there is one."""
        headers = bearer(key) if key else {}
        return httpx.Client(
            base_url=self.url,
            headers=headers,
            timeout=_ANSWER_SECONDS,
            trust_env=False,
            # To read certificates for each client would keep a processor from the service.
            verify=trusted_authorities(trust_env=False),
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an attack saw."""

    said: str
    """A few words for the table."""
    held: bool
    """Whether the service did what it promises, as far as the attacker can tell."""
    came_to_an_end: bool = True
    """Whether the attack itself did; otherwise it says nothing about the service."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One way to do harm."""

    name: str
    row: int
    """Its place in the table."""
    run: Callable[[Target], Outcome]
    auth: Literal["on", "off"] = "on"
    environment: Mapping[str, str] = field(default_factory=dict)
    """PDARTS_* variables of the service."""
    seconds: float = 10.0
    """How long it goes on at most."""
    most_growth: int = 96 * MIB
    """By how many bytes the API's memory may grow meanwhile."""
    spares_others: bool = True
    """Whether others must be served meanwhile."""
    needs_broker: bool = False
    """Whether a job must run: without the broker, none starts."""


def post_search(client: httpx.Client) -> int:
    """Ask for a search; return the status of the answer."""
    return client.post("/searches", json=QUICK).status_code


def one_each(statuses: Iterable[int]) -> str:
    """Name each status once, in order: "202, 503"."""
    return ", ".join(str(status) for status in sorted(set(statuses)))


def ask_workers(client: httpx.Client, wish: Literal["drain", "undrain"]) -> None:
    """Have all workers take jobs, or none."""
    for worker in client.get("/workers").json()["data"]:
        client.post(f"/workers/{worker['id']}/{wish}").raise_for_status()
