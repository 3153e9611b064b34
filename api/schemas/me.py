"""Who a client is to the service."""

from datetime import datetime

from api.http.bodies import Body, described
from api.resources.rate_limit import Allowance
from api.resources.security import Caller
from store.scopes import Scope


class MyKeyBody(Body):
    """The key that the request was sent with."""

    id: str = described("Its ID, as an admin sees it")
    name: str = described("What it is for")
    expires_at: datetime | None = described("When it expires; null: never")


class UseBody(Body):
    """A limit, and how much of it is used."""

    limit: int | None = described("The limit; null if there is none")
    used: int = described("Used by all keys of the owner together")


class LimitsBody(Body):
    """Limits of an owner."""

    requests_per_minute: UseBody = described(
        "Requests in the last minute; 0 if they are not counted"
    )
    active_searches: UseBody = described(
        "Searches, evaluations and checks together that are queued or running (the name is older "
        "than evaluations)"
    )
    event_streams: UseBody = described("Open event streams in this API process")
    weights_bytes: UseBody = described("Bytes of all files of weights")


class MeBody(Body):
    """Who makes the request, and what they may do."""

    owner: str = described("Whose jobs and data the request can see and create")
    scopes: list[Scope] = described("What the key allows")
    key: MyKeyBody | None = described("Null if the service needs no key")
    limits: LimitsBody = described("Limits of the owner, and how much is used")


def me_body(caller: Caller, limits: LimitsBody) -> MeBody:
    """Return what a caller sees about itself."""
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
