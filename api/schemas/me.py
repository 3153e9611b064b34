"""Who a client is to the service."""

from datetime import datetime

from api.http.bodies import Body, described
from api.resources.rate_limit import Allowance
from api.resources.security import Caller
from store.scopes import Scope


class MyKeyBody(Body):
    """The key that the request has shown."""

    id: str = described("Its id, as an admin sees it")
    name: str = described("What it is for")
    expires_at: datetime | None = described("Null: it is good until it is revoked")


class UseBody(Body):
    """A limit, and how much of it is used."""

    limit: int | None = described("Null where there is none")
    used: int = described("By all keys of the owner together")


class LimitsBody(Body):
    """What the owner may have at a time."""

    requests_per_minute: UseBody = described("Requests of the last minute; 0 used where uncounted")
    active_searches: UseBody = described("Searches that are queued or running")
    event_streams: UseBody = described("Event streams that are open, in this process of the API")


class MeBody(Body):
    """Who makes the request, and what they may."""

    owner: str = described("Whose searches the request sees and makes")
    scopes: list[Scope] = described("What the key is good for")
    key: MyKeyBody | None = described("Null while the service asks for none")
    limits: LimitsBody = described("What the owner may have, and has")


def me_body(caller: Caller, limits: LimitsBody) -> MeBody:
    """Return what a caller is told of itself."""
    return MeBody(
        owner=caller.owner,
        scopes=[scope for scope in Scope if scope in caller.scopes],
        key=None if caller.key is None else MyKeyBody(**vars(caller.key)),
        limits=limits,
    )


def use_body(limit: int, used: int) -> UseBody:
    """Return a limit and its use; a limit of 0 is none."""
    return UseBody(limit=limit or None, used=used)


def requests_body(allowance: Allowance | None) -> UseBody:
    """Return how many requests of a minute were made."""
    if allowance is None:
        return UseBody(limit=None, used=0)
    return UseBody(limit=allowance.limit, used=allowance.limit - allowance.remaining)
