"""What an evaluation needs at least, and the workers that must be able to hold it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.http.errors import EvaluationTooLarge
from api.services.evaluation_specs import CompleteEvaluation, Source, network_shape
from api.services.fleet import ABSOLUTE_CEILING, gib, largest_worker, read_fleet
from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.estimates.evaluation_needs import least_training_memory
from store.settings import Settings


@dataclass(frozen=True, kw_only=True)
class LeastMemory:
    """Bytes without which an evaluation cannot run; lower bounds."""

    whole_batches: int
    smallest_parts: int
    """With each batch in the smallest parts that are allowed."""


def check_memory(
    session: Session, complete: CompleteEvaluation, source: Source, settings: Settings
) -> LeastMemory | None:
    """Return what an evaluation needs at least; None if the size of its images is unknown.

    What only tests needs far less than what trains, and is not counted.

    Raises:
        EvaluationTooLarge: no worker could hold it.
    """
    shape = network_shape(complete)
    config = complete.spec.config
    if shape is None or config.epochs == 0:
        return None
    batch = config.batch_size
    smallest = LEAST_IMAGES_AT_ONCE if config.halve_batches else batch
    whole, least = (
        least_training_memory(source.genotype, shape, images_at_once=images)
        for images in (batch, smallest)
    )
    fleet = read_fleet(session, settings.lease_seconds)
    ceiling = largest_worker(fleet, complete.spec.device)
    if least > (ceiling or ABSOLUTE_CEILING):
        has = "the largest worker has" if ceiling else "any worker is expected to have"
        raise EvaluationTooLarge.at(
            ["init_channels"],
            f"training the network needs at least {gib(least)}, more than the "
            f"{gib(ceiling or ABSOLUTE_CEILING)} that {has}; choose fewer channels or layers",
        )
    return LeastMemory(whole_batches=whole, smallest_parts=least)
