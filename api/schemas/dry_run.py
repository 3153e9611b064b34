"""What a search would do, had it been submitted."""

from collections.abc import Mapping
from typing import Any

from api.http.bodies import Body, described
from api.schemas.estimates import EstimateBody
from api.schemas.specs import SearchSpecBody


class PlannedStage(Body):
    """What a stage would take."""

    stage: int = described("Counted from 1")
    epochs: int = described("Passes over the training images")
    memory_bytes: int | None = described(
        "A lower bound on the memory of the device, with whole batches; null where the size of "
        "the images is not known"
    )


class DryRunBody(Body):
    """The complete spec, and what would run."""

    spec: SearchSpecBody = described("Complete, every default filled in")
    stages: list[PlannedStage] = described("What each would take")
    epochs: int = described("Of all stages")
    estimate: EstimateBody | None = described(
        "What it is expected to need; null where the size or number of the images is not known"
    )


def dry_run_body(
    document: dict[str, Any], memory_bytes: Mapping[int, int], estimate: EstimateBody | None
) -> DryRunBody:
    """Return what clients are shown of a search that they did not submit.

    Args:
        document: the complete spec.
        memory_bytes: what each stage needs at least, by its number, where that is known.
        estimate: what the search is expected to need.
    """
    stages = [
        PlannedStage(stage=number, epochs=stage["epochs"], memory_bytes=memory_bytes.get(number))
        for number, stage in enumerate(document["stages"], start=1)
    ]
    epochs = sum(stage.epochs for stage in stages)
    return DryRunBody(spec=document, stages=stages, epochs=epochs, estimate=estimate)
