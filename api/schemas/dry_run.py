"""What a search would do, had it been submitted."""

from collections.abc import Mapping
from typing import Any

from api.http.bodies import Body, described
from api.schemas.estimates import EstimateBody
from api.schemas.spec_warnings import SpecWarningBody
from api.schemas.specs import SearchSpecBody


class PlannedStage(Body):
    """What a stage would need."""

    stage: int = described("Counted from 1")
    epochs: int = described("Passes over the training images")
    memory_bytes: int | None = described(
        "A lower bound on the memory of the device, with whole batches; null if the size of "
        "the images is unknown"
    )


class DryRunBody(Body):
    """The complete spec, and what would run."""

    spec: SearchSpecBody = described("Complete, with every default filled in")
    stages: list[PlannedStage] = described("What each stage would need")
    epochs: int = described("Epochs in all stages")
    estimate: EstimateBody | None = described(
        "What it is expected to need; null if the size or number of the images is unknown"
    )
    warnings: list[SpecWarningBody] = described("Reasons to think twice about this spec")


def dry_run_body(
    document: dict[str, Any],
    memory_bytes: Mapping[int, int],
    estimate: EstimateBody | None,
    warnings: list[SpecWarningBody],
) -> DryRunBody:
    """Return what clients are shown of a search that they did not submit.

    Args:
        document: the complete spec.
        memory_bytes: what each stage needs at least, by its number, where that is known.
        estimate: what the search is expected to need.
        warnings: what speaks against it.
    """
    stages = [
        PlannedStage(stage=number, epochs=stage["epochs"], memory_bytes=memory_bytes.get(number))
        for number, stage in enumerate(document["stages"], start=1)
    ]
    epochs = sum(stage.epochs for stage in stages)
    return DryRunBody(
        spec=document, stages=stages, epochs=epochs, estimate=estimate, warnings=warnings
    )
