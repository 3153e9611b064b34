"""Whether the service can do its work."""

from typing import Literal

from api.http.bodies import Body, described


class LiveBody(Body):
    """The process answers."""

    status: Literal["ok"] = described("It answers", default="ok")


class CheckBody(Body):
    """One thing that the service needs."""

    status: Literal["ok", "failed"] = described("Whether it works")
    detail: str = described("For people")


class ReadyBody(Body):
    """What the service needs, and whether it has it."""

    status: Literal["ready", "degraded", "unavailable"] = described(
        "`degraded`: serves requests, but jobs start late (when the recovery finds them), keep no "
        "checkpoints, or find no data set; `unavailable`: cannot serve"
    )
    database: CheckBody = described("Whether it answers")
    schema_revision: CheckBody = described("Whether its schema fits this version")
    broker: CheckBody = described("Whether it answers")
    artifacts: CheckBody = described("Whether checkpoints can be written")
    datasets: CheckBody = described("Whether the folder of data sets can be read")
    workers: int | None = described(
        "Number of workers that are alive; null if the database does not answer. It does not "
        "affect `status`"
    )
