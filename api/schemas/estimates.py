"""What a search is expected to need, as clients see it."""

from api.http.bodies import Body, described


class StageEstimateBody(Body):
    """What a stage is expected to need."""

    stage: int = described("Counted from 1")
    memory_bytes: int = described("Of tensors on the device, with whole batches")
    seconds: float | None = described("Null where the device was not measured")


class EstimateBody(Body):
    """What a search is expected to need, as it was known when it was submitted."""

    device: str | None = described("`cpu` or `cuda`; null where no worker tells")
    measured_on: str | None = described("The device that `seconds` are of; yours may differ")
    memory_bytes: int = described("Of the stage that needs most")
    seconds: float | None = described("Of all stages")
    stages: list[StageEstimateBody] = described("What each needs")
