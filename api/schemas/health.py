"""Whether the service can do its work."""

from typing import Literal

from api.schemas.base import Body, described


class LiveBody(Body):
    """The process answers."""

    status: Literal["ok"] = "ok"


class CheckBody(Body):
    """One thing that the service needs."""

    status: Literal["ok", "failed"]
    detail: str


class ReadyBody(Body):
    """What the service needs, and whether it has it."""

    status: Literal["ready", "degraded", "unavailable"] = described(
        "`degraded`: serves all requests; searches start late, as the recovery finds them"
    )
    database: CheckBody
    schema_revision: CheckBody
    broker: CheckBody
