"""What a search will need, forecast once for each request, and the limits that it must keep."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.http.errors import SearchTooLarge, SearchTooLong
from api.schemas.estimates import EstimateBody, StageEstimateBody
from api.schemas.spec_warnings import SpecWarningBody, spec_warning_body
from api.services.dataset_findings import dataset_warnings
from api.services.device_warnings import device_warnings
from api.services.duration_warnings import duration_warnings, too_long
from api.services.experience import Experience, read_experience
from api.services.fleet import Fleet, expected_device, largest_worker, read_fleet
from api.services.memory_warnings import memory_warnings, too_large
from api.services.specs import CompleteSpec
from pdarts_core.estimates.device_costs import DEVICE_COSTS
from pdarts_core.estimates.search_needs import (
    DatasetSize,
    StageEstimate,
    batch_of,
    estimate_search,
    least_memory,
    smallest_part,
)
from pdarts_core.estimates.spec_warnings import warnings_of
from pdarts_core.estimates.workload import Grid
from store.image_counts import MOST_COUNTED_FILES
from store.kinds import SEARCH
from store.new_jobs import Needs
from store.settings import Settings

_YARDSTICK = DEVICE_COSTS["cpu"]
"""A CPU, whose steps were measured: it does not depend on the workers that there happen to be."""

BytesOfStages = Mapping[int, int]
"""By stage, counted from 1."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a search will need; almost nothing if the size of its images is not known."""

    estimate: EstimateBody | None = None
    """What it is expected to need; None if the number of its images is not known either."""
    whole_batches: BytesOfStages
    """What each stage needs at least."""
    smallest_parts: BytesOfStages
    """The same, with each batch in the smallest parts that are allowed."""
    cpu_seconds: Mapping[int, float]
    """How long each stage would take on one thread of a CPU."""
    warnings: list[SpecWarningBody]
    """What speaks against its spec."""

    @property
    def needs(self) -> Needs:
        """What the search's job is expected to need."""
        expected = self.estimate
        return Needs(
            estimate=None if expected is None else expected.model_dump(),
            memory_bytes=None if expected is None else expected.memory_bytes,
            least_memory_bytes=max(self.smallest_parts.values(), default=None),
        )


def forecast_search(session: Session, spec: CompleteSpec, settings: Settings) -> Forecast:
    """Forecast a search on the workers that there are.

    Raises:
        SearchTooLong: it would take longer than is allowed.
        SearchTooLarge: no worker could hold it.
    """
    fleet = read_fleet(session, settings.lease_seconds)
    device = expected_device(fleet, spec.document["device"])
    devices = spec.document["device_count"]
    experience = None
    if device is not None:
        experience = read_experience(session, device, SEARCH, device_count=devices)
    forecast = make_forecast(spec, fleet, experience)
    _check_duration(forecast, settings.search_hours)
    _check_memory(forecast, largest_worker(fleet, spec.document["device"]))
    forecast.warnings.extend(device_warnings(session, devices, settings.lease_seconds))
    seconds = None if forecast.estimate is None else forecast.estimate.seconds
    forecast.warnings.extend(duration_warnings(SEARCH, seconds, device))
    return forecast


def make_forecast(spec: CompleteSpec, fleet: Fleet, experience: Experience | None) -> Forecast:
    """Forecast a search without checking the limits."""
    size = _dataset_size(spec)
    against = warnings_of(spec.config, spec.dataset.class_sizes, spec.spec.max_images)
    warnings = dataset_warnings(spec.spec, spec.found)
    warnings += [spec_warning_body(warning) for warning in against]
    if size is None:
        return Forecast(whole_batches={}, smallest_parts={}, cpu_seconds={}, warnings=warnings)
    devices = spec.document["device_count"]
    on_cpu = estimate_search(spec.config, size, _YARDSTICK, devices=devices)
    estimate = _estimate(spec, size, fleet, on_cpu, experience)
    whole_batches = _least_bytes(spec, size, batch_of(spec.config, size))
    needed = max(whole_batches.values()) if estimate is None else estimate.memory_bytes
    largest = largest_worker(fleet, spec.document["device"])
    may_halve = spec.config.halve_batches
    warnings += memory_warnings(
        "The search is expected to need", needed, largest, may_halve=may_halve
    )
    return Forecast(
        estimate=estimate,
        whole_batches=whole_batches,
        smallest_parts=_least_bytes(spec, size, smallest_part(spec.config, size)),
        cpu_seconds={stage.stage: stage.seconds or 0.0 for stage in on_cpu},
        warnings=warnings,
    )


def _dataset_size(spec: CompleteSpec) -> DatasetSize | None:
    """Return the size of the images that a spec trains with; None if that is not known."""
    side = spec.document["image_size"]
    size = spec.dataset.image_size if side is None else (side, side)
    if size is None:
        return None
    counted = MOST_COUNTED_FILES if spec.dataset.images is None else spec.dataset.images
    most = spec.document["max_images"]
    return DatasetSize(
        images=counted if most is None else min(most, counted),
        classes=spec.dataset.classes,
        grid=Grid(*size),
    )


def _least_bytes(spec: CompleteSpec, size: DatasetSize, images_at_once: int) -> BytesOfStages:
    on_each = -(-images_at_once // spec.document["device_count"])
    return {
        stage + 1: least_memory(spec.config, stage, size, images_at_once=on_each)
        for stage in range(len(spec.config.stages))
    }


def _estimate(
    spec: CompleteSpec,
    size: DatasetSize,
    fleet: Fleet,
    on_cpu: list[StageEstimate],
    experience: Experience | None,
) -> EstimateBody | None:
    if spec.dataset.images is None:
        return None
    device = expected_device(fleet, spec.document["device"])
    cost = DEVICE_COSTS.get(device) if device else None
    counted = (
        on_cpu
        if cost in {None, _YARDSTICK}
        else estimate_search(spec.config, size, cost, devices=spec.document["device_count"])
    )
    factor = experience.ratio if experience else (1.0 if cost else None)
    stages = [_stage(stage, factor) for stage in counted]
    total = sum(stage.seconds or 0.0 for stage in counted)
    return EstimateBody(
        device=device,
        measured_on=cost and cost.device,
        memory_bytes=max(stage.memory_bytes for stage in stages),
        seconds=None if factor is None else sum(stage.seconds or 0.0 for stage in stages),
        seconds_low=experience and min(experience.ratios) * total,
        seconds_high=experience and max(experience.ratios) * total,
        learned_from=len(experience.ratios) if experience else 0,
        median_error=experience and experience.median_error,
        counted_seconds=total,
        stages=stages,
    )


def _stage(counted: StageEstimate, factor: float | None) -> StageEstimateBody:
    seconds = None if factor is None else factor * (counted.seconds or 0.0)
    return StageEstimateBody(
        stage=counted.stage, memory_bytes=counted.memory_bytes, seconds=seconds
    )


def _check_duration(forecast: Forecast, most_hours: float) -> None:
    """Refuse what would take unreasonably long."""
    seconds = forecast.cpu_seconds
    longest = max(seconds, key=lambda stage: seconds[stage], default=1)
    refusal = too_long(SEARCH, sum(seconds.values()), most_hours, mostly=f"stage {longest}")
    if refusal is not None:
        raise SearchTooLong.at(["stages", longest - 1], refusal)


def _check_memory(forecast: Forecast, largest: int | None) -> None:
    """Refuse a search that even the largest worker could not hold."""
    for stage, needed in forecast.smallest_parts.items():
        refusal = too_large(f"stage {stage}", needed, largest)
        if refusal is not None:
            raise SearchTooLarge.at(["stages", stage - 1], refusal)
