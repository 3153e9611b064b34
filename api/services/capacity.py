"""Whether any worker could hold a search. The bound refuses only what could not fit."""

from dataclasses import dataclass

from api.http.errors import SearchTooLarge
from api.http.pointer import to_pointer
from api.http.problem import BadField
from api.services.estimates import dataset_size
from api.services.fleet import Fleet
from api.services.specs import CompleteSpec
from pdarts_core.estimates.search_needs import batch_of, least_memory, smallest_part

ABSOLUTE_CEILING = 256 * 2**30
"""Bytes; holds while no worker has told how much it has."""


@dataclass(frozen=True, kw_only=True)
class MemoryNeed:
    """What a stage needs at least."""

    stage: int
    """Counted from 1."""
    bytes: int


def memory_needs(spec: CompleteSpec, *, in_parts: bool) -> list[MemoryNeed]:
    """Return what each stage needs at least, its batches whole or in the smallest parts allowed.

    Nothing if the size of the images is not known.
    """
    size = dataset_size(spec)
    if size is None:
        return []
    images_at_once = (smallest_part if in_parts else batch_of)(spec.config, size)
    return [
        MemoryNeed(
            stage=stage + 1,
            bytes=least_memory(spec.config, stage, size, images_at_once=images_at_once),
        )
        for stage in range(len(spec.config.stages))
    ]


def least_memory_bytes(spec: CompleteSpec) -> int | None:
    """Return what no device can run the search below; None if the size of images is not known."""
    return max((need.bytes for need in memory_needs(spec, in_parts=True)), default=None)


def check_capacity(spec: CompleteSpec, fleet: Fleet) -> None:
    """Refuse a search that the largest worker could not hold.

    Raises:
        SearchTooLarge: names the stage and what it needs.
    """
    ceiling = _largest_worker(fleet, spec.document["device"])
    for need in memory_needs(spec, in_parts=True):
        if need.bytes > (ceiling or ABSOLUTE_CEILING):
            limit = "the largest worker has" if ceiling else "any worker is expected to have"
            detail = (
                f"stage {need.stage} needs at least {_gib(need.bytes)}, more than the "
                f"{_gib(ceiling or ABSOLUTE_CEILING)} that {limit}"
            )
            where = to_pointer(["stages", need.stage - 1])
            raise SearchTooLarge(detail, errors=[BadField(pointer=where, detail=detail)])


def _largest_worker(fleet: Fleet, device: str) -> int | None:
    if device == "cpu" and set(fleet) - {"cpu"}:
        return None  # a worker with a GPU can search on its CPU, whose memory it does not tell
    if device != "auto":
        return fleet.get(device)
    return max((largest for largest in fleet.values() if largest is not None), default=None)


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
