"""API keys, and clients that show them."""

from collections.abc import Collection
from typing import Any, Protocol

import httpx

from cli.client.places import trusted_authorities
from store.database import Database
from store.keys import MintedKey, create_key
from store.scopes import Scope


class SignIn(Protocol):
    """Makes a key for an owner, and a client that shows it."""

    def __call__(self, owner: str, *scopes: Scope, **columns: Any) -> httpx.Client: ...


def make_key(
    database: Database,
    *,
    owner: str = "ada",
    scopes: Collection[Scope] = tuple(Scope),
    **columns: Any,
) -> MintedKey:
    """Insert a key with these columns."""
    with database.write() as session:
        minted = create_key(session, owner=owner, name="a test's", scopes=scopes or tuple(Scope))
        for name, value in columns.items():
            setattr(minted.row, name, value)
    return minted


def bearer(key: str) -> dict[str, str]:
    """Return the header that shows a key."""
    return {"Authorization": f"Bearer {key}"}


def client_with(client: httpx.Client, key: str) -> httpx.Client:
    """Return another client of the same service, which shows a key."""
    return httpx.Client(
        base_url=client.base_url,
        timeout=client.timeout,
        headers=bearer(key),
        verify=trusted_authorities(trust_env=True),
    )
