"""Whether any worker could hold a search: a lower bound on its memory.

Counted are the feature maps that backpropagation needs of the cells' operations, and the images.
Leaving out all the rest, and assuming that the cheapest operations survive, the bound refuses
only what could not fit.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.errors import SearchTooLarge
from api.pointer import to_pointer
from api.schemas.problem import BadField
from api.services.specs import CompleteSpec
from api.services.workers import is_alive
from pdarts_core.config import LEAST_IMAGES_AT_ONCE, SearchConfig
from pdarts_core.genotype import EDGES, PRIMITIVES
from store.image_folder import ImageSize
from store.tables import Worker

_KEPT_MAPS = {
    "none": 0,
    "skip_connect": 0,
    "max_pool_3x3": 2,
    "avg_pool_3x3": 2,
    "dil_conv_3x3": 3,
    "dil_conv_5x5": 3,
    "sep_conv_3x3": 6,
    "sep_conv_5x5": 6,
}
"""Feature maps that an operation keeps for the backward pass, at least."""
_BYTES_PER_NUMBER = {"bf16": 2}
_FLOAT32_BYTES = 4
_REDUCTION_SHRINKS = 2
ABSOLUTE_CEILING = 256 * 2**30
"""Bytes; holds while no worker has told how much it has."""


@dataclass(frozen=True, kw_only=True)
class MemoryNeed:
    """What a stage needs at least."""

    stage: int
    """Counted from 1."""
    bytes: int


def memory_needs(spec: CompleteSpec, *, images_at_once: int) -> list[MemoryNeed]:
    """Return what each stage needs at least, to compute so many images of a batch at once.

    Nothing if the size of the images is not known.
    """
    side = spec.document["image_size"]
    size = spec.dataset.image_size if side is None else ImageSize(side, side)
    if size is None:
        return []
    images = _image_bytes(spec, size)
    batch = min(images_at_once, spec.dataset.images or images_at_once)
    return [
        MemoryNeed(stage=stage + 1, bytes=images + batch * _cell_bytes(spec.config, stage, size))
        for stage in range(len(spec.config.stages))
    ]


def check_capacity(session: Session, spec: CompleteSpec, lease_seconds: float) -> None:
    """Refuse a search that the largest worker could not hold.

    Raises:
        SearchTooLarge: names the stage and what it needs.
    """
    ceiling = _largest_worker(session, spec.document["device"], lease_seconds)
    config = spec.config
    images_at_once = LEAST_IMAGES_AT_ONCE if config.halve_batches else config.batch_size
    for need in memory_needs(spec, images_at_once=images_at_once):
        if need.bytes > (ceiling or ABSOLUTE_CEILING):
            limit = "the largest worker has" if ceiling else "any worker is expected to have"
            detail = (
                f"stage {need.stage} needs at least {_gib(need.bytes)}, more than the "
                f"{_gib(ceiling or ABSOLUTE_CEILING)} that {limit}"
            )
            where = to_pointer(["stages", need.stage - 1])
            raise SearchTooLarge(detail, errors=[BadField(pointer=where, detail=detail)])


def _largest_worker(session: Session, device: str, lease_seconds: float) -> int | None:
    alive = select(Worker.device, func.max(Worker.memory_bytes)).where(is_alive(lease_seconds))
    largest: dict[str, int] = dict(session.execute(alive.group_by(Worker.device)).all())
    if device == "cpu" and set(largest) - {"cpu"}:
        return None  # a worker with a GPU can search on its CPU, whose memory it does not tell
    return largest.get(device) if device != "auto" else max(largest.values(), default=None)


def _image_bytes(spec: CompleteSpec, size: ImageSize) -> int:
    bounds = [n for n in (spec.document["max_images"], spec.dataset.images) if n is not None]
    return min(bounds, default=0) * size.height * size.width * 3


def _cell_bytes(config: SearchConfig, stage: int, size: ImageSize) -> int:
    layers = config.stages[stage].layers
    alive = len(PRIMITIVES) if stage == 0 else config.stages[stage - 1].num_to_keep
    maps = len(EDGES) * sum(sorted(_KEPT_MAPS.values())[:alive])
    number = _BYTES_PER_NUMBER.get(config.precision, _FLOAT32_BYTES)
    channels, (height, width), total = config.channels_of(stage), size, 0
    for layer in range(layers):
        if layer in {layers // 3, 2 * layers // 3}:
            channels *= _REDUCTION_SHRINKS
            height, width = -(-height // _REDUCTION_SHRINKS), -(-width // _REDUCTION_SHRINKS)
        total += maps * channels * height * width * number
    return total


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
