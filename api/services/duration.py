"""Whether a search would end in sensible time. The bound refuses what is out of all reason."""

from api.http.errors import SearchTooLong
from api.http.pointer import to_pointer
from api.http.problem import BadField
from api.services.estimates import dataset_size
from api.services.specs import CompleteSpec
from pdarts_core.estimates.device_costs import DEVICE_COSTS
from pdarts_core.estimates.search_needs import estimate_search

_SECONDS_AN_HOUR = 3600


def check_duration(spec: CompleteSpec, most_hours: float) -> None:
    """Refuse a search that would take longer, its stages, sizes and epochs taken together.

    Judged on a CPU, whose steps were measured: a yardstick that does not depend on the workers that
    there happen to be. A GPU is faster by orders of magnitude.

    Raises:
        SearchTooLong: names the stage that takes longest.
    """
    size = dataset_size(spec)
    if size is None:
        return
    cost = DEVICE_COSTS["cpu"]
    stages = estimate_search(spec.config, size, cost)
    hours = sum(stage.seconds or 0 for stage in stages) / _SECONDS_AN_HOUR
    if hours <= most_hours:
        return
    longest = max(stages, key=lambda stage: stage.seconds or 0)
    detail = (
        f"expected to take {hours:,.0f} hours on one thread of a CPU, most of them in stage "
        f"{longest.stage}; at most {most_hours:,.0f} are allowed"
    )
    where = to_pointer(["stages", longest.stage - 1])
    raise SearchTooLong(detail, errors=[BadField(pointer=where, detail=detail)])
