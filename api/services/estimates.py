"""What a search is expected to need on the workers that there are."""

from api.schemas.estimates import EstimateBody, StageEstimateBody
from api.services.fleet import Fleet
from api.services.specs import CompleteSpec
from pdarts_core.estimates.device_costs import DEVICE_COSTS
from pdarts_core.estimates.search_needs import DatasetSize, estimate_search
from pdarts_core.estimates.workload import Grid
from store.catalogue import MOST_COUNTED_FILES


def dataset_size(spec: CompleteSpec) -> DatasetSize | None:
    """Return the size of the images that a spec trains with; None where that is not known."""
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


def estimate(spec: CompleteSpec, fleet: Fleet) -> EstimateBody | None:
    """Estimate a search; None where the size or the number of its images is not known."""
    size = dataset_size(spec)
    if size is None or spec.dataset.images is None:
        return None
    wanted: str = spec.document["device"]
    device = max(fleet, default=None) if wanted == "auto" else wanted
    cost = DEVICE_COSTS.get(device) if device else None
    stages = [
        StageEstimateBody(stage=s.stage, memory_bytes=s.memory_bytes, seconds=s.seconds)
        for s in estimate_search(spec.config, size, cost)
    ]
    return EstimateBody(
        device=device,
        measured_on=cost and cost.device,
        memory_bytes=max(stage.memory_bytes for stage in stages),
        seconds=None if cost is None else sum(stage.seconds or 0 for stage in stages),
        stages=stages,
    )
