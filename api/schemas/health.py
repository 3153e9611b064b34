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
        "`degraded`: serves all requests, but searches start late, as the recovery finds them, or "
        "keep no checkpoints; `unavailable`: cannot serve"
    )
    database: CheckBody
    schema_revision: CheckBody
    broker: CheckBody
    artifacts: CheckBody = described("Whether checkpoints can be written")
    workers: int | None = described(
        "Those that are alive; null where the database does not tell. The status does not depend "
        "on it"
    )
