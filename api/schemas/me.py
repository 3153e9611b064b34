"""Who a client is to the service."""

from datetime import datetime

from api.schemas.base import Body, described
from api.security import Caller
from store.scopes import Scope


class MyKeyBody(Body):
    """The key that the request has shown."""

    id: str = described("The key's id")
    name: str = described("What it is for")
    expires_at: datetime | None = described("When it ends; null: never")


class MeBody(Body):
    """Who makes the request, and what they may."""

    owner: str = described("Whose searches are shown and made")
    scopes: list[Scope] = described("What the key is good for")
    key: MyKeyBody | None = described("Null while the service asks for none")


def me_body(caller: Caller) -> MeBody:
    """Return what a caller is told of itself."""
    return MeBody(
        owner=caller.owner,
        scopes=[scope for scope in Scope if scope in caller.scopes],
        key=None if caller.key is None else MyKeyBody(**vars(caller.key)),
    )
