"""What an evaluation will need, what speaks against it, and whether a worker can hold it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.http.errors import EvaluationTooLarge, EvaluationTooLong
from api.schemas.estimates import EvaluationEstimateBody
from api.schemas.spec_warnings import SpecWarningBody, spec_warning_body
from api.services.dataset_findings import dataset_warnings
from api.services.device_warnings import device_warnings
from api.services.duration_warnings import duration_warnings, too_long
from api.services.evaluation_specs import CompleteEvaluation, Source, network_shape
from api.services.experience import Experience, read_experience
from api.services.fleet import expected_device, largest_worker, read_fleet
from api.services.memory_warnings import memory_warnings, too_large
from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.estimates.device_costs import EVALUATION_COSTS
from pdarts_core.estimates.evaluation_needs import (
    ImageCounts,
    count_images,
    count_multiply_adds,
    least_training_memory,
)
from pdarts_core.estimates.evaluation_warnings import EvaluationFacts, evaluation_warnings
from pdarts_core.estimates.workload import Grid
from store.evaluation_spec import SOURCES
from store.image_counts import MOST_COUNTED_FILES
from store.kinds import EVALUATION
from store.new_jobs import Needs
from store.settings import Settings

_YARDSTICK = EVALUATION_COSTS["cpu"]
"""A CPU: it does not depend on the workers that there happen to be."""


@dataclass(frozen=True, kw_only=True)
class LeastMemory:
    """Bytes without which an evaluation cannot run; lower bounds."""

    whole_batches: int
    smallest_parts: int
    """With each batch in the smallest parts that are allowed."""


@dataclass(frozen=True, kw_only=True)
class EvaluationForecast:
    """What an evaluation will need."""

    estimate: EvaluationEstimateBody | None
    """None if the size or number of its images is not known."""
    least: LeastMemory | None
    """None if the size is not known, or it only tests."""
    warnings: list[SpecWarningBody]
    """What speaks against its spec."""

    @property
    def needs(self) -> Needs:
        """What the evaluation's job is expected to need."""
        expected, least = self.estimate, self.least
        return Needs(
            estimate=None if expected is None else expected.model_dump(),
            memory_bytes=None if least is None else least.whole_batches,
            least_memory_bytes=None if least is None else least.smallest_parts,
        )


def forecast_evaluation(
    session: Session, complete: CompleteEvaluation, source: Source, settings: Settings
) -> EvaluationForecast:
    """Forecast an evaluation on the workers that there are.

    Raises:
        EvaluationTooLarge: no worker could hold it.
        EvaluationTooLong: it would take longer than is allowed.
    """
    fleet = read_fleet(session, settings.lease_seconds)
    least = _least_memory(complete, source)
    largest = largest_worker(fleet, complete.spec.device)
    if least is not None:
        _check_memory(least, largest)
    images = _count_images(complete)
    _check_duration(complete, source, images, settings.evaluation_hours)
    against = evaluation_warnings(_facts(complete, source, images))
    warnings = dataset_warnings(complete.spec, complete.found)
    warnings += [spec_warning_body(warning) for warning in against]
    warnings += device_warnings(session, complete.spec.device_count, settings.lease_seconds)
    if least is not None:
        may_halve = complete.spec.config.halve_batches
        warnings += memory_warnings(
            "The evaluation needs at least", least.whole_batches, largest, may_halve=may_halve
        )
    device = expected_device(fleet, complete.spec.device)
    learned = None
    if device is not None:
        learned = read_experience(
            session,
            device,
            EVALUATION,
            device_count=complete.spec.device_count,
            counted="multiply_adds",
        )
    work = _count_work(complete, source, images)
    estimate = None if work is None else _estimate(work, device, learned, least)
    if estimate is not None:
        warnings += duration_warnings(EVALUATION, estimate.seconds, device)
    return EvaluationForecast(
        estimate=estimate,
        least=least,
        warnings=warnings,
    )


def _least_memory(complete: CompleteEvaluation, source: Source) -> LeastMemory | None:
    """Return what an evaluation needs at least; what only tests needs far less."""
    shape, config = network_shape(complete), complete.spec.config
    if shape is None or config.epochs == 0:
        return None
    batch, devices = config.batch_size, complete.spec.device_count
    smallest = LEAST_IMAGES_AT_ONCE if config.halve_batches else batch
    whole, least = (
        least_training_memory(source.genotype, shape, images_at_once=-(-images // devices))
        for images in (batch, smallest)
    )
    return LeastMemory(whole_batches=whole, smallest_parts=least)


def _check_memory(least: LeastMemory, largest: int | None) -> None:
    """Refuse what even the largest worker could not hold."""
    refusal = too_large("training the network", least.smallest_parts, largest)
    if refusal is not None:
        raise EvaluationTooLarge.at(["init_channels"], refusal)


def _check_duration(
    complete: CompleteEvaluation, source: Source, images: ImageCounts | None, most_hours: float
) -> None:
    """Refuse what would take unreasonably long."""
    if images is None:
        most = complete.spec.max_images or MOST_COUNTED_FILES
        images = ImageCounts(trained=min(most, MOST_COUNTED_FILES), held_out=0, tested=None)
    work = _count_work(complete, source, images)
    seconds = 0.0 if work is None else work / _YARDSTICK.multiply_adds_per_second
    refusal = too_long(EVALUATION, seconds, most_hours)
    if refusal is not None:
        raise EvaluationTooLong.at(["epochs"], refusal)


def _count_images(complete: CompleteEvaluation) -> ImageCounts | None:
    sizes = complete.dataset.class_sizes
    if sizes is None:
        return None
    return count_images(
        complete.spec.config,
        sizes,
        max_images=complete.spec.max_images,
        tested=complete.test_images,
    )


def _facts(
    complete: CompleteEvaluation, source: Source, images: ImageCounts | None
) -> EvaluationFacts:
    spec, size = complete.spec, complete.dataset.image_size
    side = spec.image_size
    if side is not None:
        grid: Grid | None = Grid(side, side)
    else:
        grid = None if size is None else Grid(*size)
    return EvaluationFacts(
        config=spec.config,
        preset=spec.preset,
        images=images,
        grid=grid,
        has_test_images=complete.has_test_images,
        source=next(name for name in SOURCES if getattr(spec, name) is not None),
        unfounded=source.search_id if source.verdict == "none" else None,
    )


def _count_work(
    complete: CompleteEvaluation, source: Source, images: ImageCounts | None
) -> float | None:
    """Return the multiply-adds of an evaluation; None if its images are not known."""
    shape = network_shape(complete)
    if shape is None or images is None:
        return None
    return count_multiply_adds(source.genotype, shape, complete.spec.config, images)


def _estimate(
    work: float, device: str | None, learned: Experience | None, least: LeastMemory | None
) -> EvaluationEstimateBody:
    cost = EVALUATION_COSTS.get(device) if device else None
    seconds = None
    if learned is not None:
        seconds = learned.ratio * work
    elif cost is not None:
        seconds = work / cost.multiply_adds_per_second
    return EvaluationEstimateBody(
        device=device,
        measured_on=cost and cost.device,
        multiply_adds=work,
        least_memory_bytes=least and least.whole_batches,
        seconds=seconds,
        rough_factor=None if cost is None or learned is not None else cost.rough_factor,
        seconds_low=learned and min(learned.ratios) * work,
        seconds_high=learned and max(learned.ratios) * work,
        learned_from=len(learned.ratios) if learned else 0,
        median_error=learned and learned.median_error,
    )
