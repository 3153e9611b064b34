"""What a search is expected to need, as clients see it."""

from api.http.bodies import Body, described


class StageEstimateBody(Body):
    """What a stage is expected to need."""

    stage: int = described("Counted from 1")
    memory_bytes: int = described("Memory of tensors on the device, with whole batches")
    seconds: float | None = described("Time; null if the device was not measured")


class EstimateBody(Body):
    """What a search is expected to need, estimated when it was submitted."""

    device: str | None = described("`cpu` or `cuda`; null if no worker is alive to decide")
    measured_on: str | None = described("The device on which times were measured; yours may differ")
    memory_bytes: int = described("Memory of the stage that needs most")
    seconds: float | None = described("Time for all stages")
    stages: list[StageEstimateBody] = described("What each stage needs")
