"""Who a client is to the service."""

from datetime import datetime

from api.schemas.base import Body, described
from api.security import Caller
from store.scopes import Scope


class MyKeyBody(Body):
    """The key that the request has shown."""

    id: str
    name: str
    expires_at: datetime | None


class MeBody(Body):
    """Who makes the request, and what they may."""

    owner: str
    scopes: list[Scope]
    key: MyKeyBody | None = described("Null while the service asks for none")


def me_body(caller: Caller) -> MeBody:
    """Return what a caller is told of itself."""
    return MeBody(
        owner=caller.owner,
        scopes=[scope for scope in Scope if scope in caller.scopes],
        key=None if caller.key is None else MyKeyBody(**vars(caller.key)),
    )
