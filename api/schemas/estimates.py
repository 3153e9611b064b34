"""What jobs are expected to need, as clients see it."""

from collections.abc import Mapping
from typing import Any

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
    seconds: float | None = described(
        "Time for all stages. Once three searches with this `device_count` have finished on this "
        "kind of device, it is corrected by how long they took; until then, it is the time on the "
        "device in `measured_on`, or null if none of this kind was measured"
    )
    seconds_low: float | None = described(
        "The time if this search runs like the fastest of the finished searches; null until there "
        "are three"
    )
    seconds_high: float | None = described(
        "The time if it runs like the slowest of them; null until there are three"
    )
    learned_from: int = described(
        "How many finished searches on this kind of device corrected the time; 0 if none did"
    )
    median_error: float | None = described(
        "The median error of their own estimates, as a share of the time that they took"
    )
    counted_seconds: float | None = described(
        "The time as it was counted, before the correction: on the device in `measured_on`, or, "
        "where that is null, on one CPU thread"
    )
    stages: list[StageEstimateBody] = described("What each stage needs")


class EvaluationEstimateBody(Body):
    """What an evaluation is expected to need, estimated when it was submitted."""

    device: str | None = described("`cpu` or `cuda`; null if no worker is alive to decide")
    measured_on: str | None = described(
        "The device on which times were measured; null if none of this kind was. Yours may differ"
    )
    multiply_adds: float = described(
        "All that it computes, by the size of its network: each training image three times in each "
        "epoch (forward, and twice backward), held-out and test images forward alone"
    )
    least_memory_bytes: int | None = described(
        "A lower bound on the memory of the device, with whole batches; null if it only tests"
    )
    seconds: float | None = described(
        "Time, by what finished evaluations took for each multiply-add on this installation; until "
        "three have finished on this kind of device, by what the one in `measured_on` takes"
    )
    rough_factor: float | None = described(
        "The time may be wrong by up to this factor, either way, until it follows from evaluations "
        "that have finished here; null then, or without a time"
    )
    seconds_low: float | None = described(
        "The time if it runs like the fastest of the finished evaluations; null until there are "
        "three"
    )
    seconds_high: float | None = described(
        "The time if it runs like the slowest of them; null until there are three"
    )
    learned_from: int = described(
        "How many finished evaluations on this kind of device the time follows from; 0 if none"
    )
    median_error: float | None = described(
        "The median error of their own estimates, as a share of the time that they took; null if "
        "they had none"
    )


_NOT_LEARNED = {
    "seconds_low": None,
    "seconds_high": None,
    "learned_from": 0,
    "median_error": None,
    "counted_seconds": None,
}
"""What an estimate lacks that is older than these fields."""


_NOT_MEASURED = {"measured_on": None, "rough_factor": None}


def evaluation_estimate_body(stored: Mapping[str, Any]) -> EvaluationEstimateBody:
    """Return what clients are shown of an estimate as an evaluation's row keeps it."""
    return EvaluationEstimateBody(**{**_NOT_MEASURED, **stored})


def estimate_body(stored: Mapping[str, Any]) -> EstimateBody:
    """Return what clients are shown of an estimate as a job's row keeps it."""
    return EstimateBody(**{**_NOT_LEARNED, **stored})
