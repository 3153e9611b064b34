"""What a search will need, before it runs: memory and time of each stage.

Memory is counted from what a step keeps (see `workload`). Time follows from the same counts and
from what a device was measured to take for each of them. This module imports no torch, so that
an HTTP service can use it.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from pdarts_core.config import SearchConfig
from pdarts_core.config_fields import LEAST_IMAGES_AT_ONCE
from pdarts_core.estimates.device_costs import DeviceCost
from pdarts_core.estimates.workload import (
    COLOURS,
    FLOAT_BYTES,
    Grid,
    SearchNetworkShape,
    Workload,
    cell_workloads,
    network_workload,
)
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import EDGES
from pdarts_core.space.operations import OPERATIONS
from pdarts_core.stages.schedule import is_validated, phase_of

WORKSPACE_SHARE = 0.12
"""What a backward pass needs on top of what it reads, as a share of what the largest cell keeps.
Measured: 0.07 to 0.12."""
_COPIES_OF_WEIGHTS = 3
"""The weights, their gradients and their momentum."""
_BF16_SHARE = 0.6
"""Of the bytes in float32: the places of the maxima take as much as before (measured)."""
_LEAST_BF16_SHARE = 0.5
_FrozenOperations = tuple[tuple[str, ...], ...]
"""The operations alive on each edge, as a key of the cache of network shapes."""


@dataclass(frozen=True, kw_only=True)
class DatasetSize:
    """A training set, as far as it decides what a search needs."""

    images: int
    classes: int
    grid: Grid

    @property
    def bytes(self) -> int:
        """Of all images on the device, a byte for each pixel and colour."""
        return self.images * COLOURS * self.grid.pixels


@dataclass(frozen=True, kw_only=True)
class StageEstimate:
    """What a stage is expected to need."""

    stage: int
    """Counted from 1."""
    memory_bytes: int
    """Of tensors on each device, the training images included; what else a process takes is not."""
    seconds: float | None
    """None where the device was not measured."""


def estimate_search(
    config: SearchConfig, dataset: DatasetSize, cost: DeviceCost | None, *, devices: int = 1
) -> list[StageEstimate]:
    """Estimate every stage, its batches computed whole.

    Which operations survive is not known beforehand, so each kind is assumed to be as frequent as
    any other.

    Args:
        config: the search.
        dataset: its training set.
        cost: what the device takes; None where that was not measured.
        devices: how many like it share each batch; what they tell each other is not counted.
    """
    estimates = []
    for stage in range(len(config.stages)):
        kept = _equally_frequent(_alive_in(config, stage))
        shape = _shape(config, stage, dataset, kept)
        work = _work(shape)
        seconds = None if cost is None else _seconds(config, stage, work, dataset, cost, devices)
        estimates.append(
            StageEstimate(
                stage=stage + 1,
                memory_bytes=_memory(config, shape, dataset, devices),
                seconds=seconds,
            )
        )
    return estimates


def least_memory(
    config: SearchConfig, stage: int, dataset: DatasetSize, *, images_at_once: int
) -> int:
    """Return the least bytes that a stage, counted from 0, needs on the device.

    It assumes that the operations that need least survive, that no maps are copied, and that a
    backward pass needs nothing beyond what it reads.
    """
    kept = _cheapest(_alive_in(config, stage))
    work = _work(replace(_shape(config, stage, dataset, kept), has_copies=False))
    share = _LEAST_BF16_SHARE if config.precision == "bf16" else 1.0
    return dataset.bytes + _weights_bytes(work) + int(share * images_at_once * work.saved_bytes)


def batch_of(config: SearchConfig, dataset: DatasetSize) -> int:
    """Return the images of a step: fewer than asked for where the weights' half has fewer."""
    trained, _ = _halves(config, dataset)
    return max(1, min(config.batch_size, trained))


def smallest_part(config: SearchConfig, dataset: DatasetSize) -> int:
    """Return the images of the smallest part that a batch may be computed in."""
    batch, parts = batch_of(config, dataset), 1
    _, of_alphas = _halves(config, dataset)
    while config.halve_batches and min(batch, of_alphas) // (2 * parts) >= LEAST_IMAGES_AT_ONCE:
        parts *= 2
    return -(-batch // parts)


def _halves(config: SearchConfig, dataset: DatasetSize) -> tuple[int, int]:
    """Return the images that train weights, and those that train alphas."""
    trained = round(config.train_portion * dataset.images)
    return trained, dataset.images - trained


def _alive_in(config: SearchConfig, stage: int) -> int:
    return len(PRIMITIVES) if stage == 0 else config.stages[stage - 1].num_to_keep


def _equally_frequent(alive: int) -> _FrozenOperations:
    kinds = len(PRIMITIVES)
    return tuple(
        tuple(name for place, name in enumerate(PRIMITIVES) if (place - edge) % kinds < alive)
        for edge in range(len(EDGES))
    )


def _cheapest(alive: int) -> _FrozenOperations:
    return (tuple(name for name in PRIMITIVES if OPERATIONS[name].cost < alive),) * len(EDGES)


def _shape(
    config: SearchConfig, stage: int, dataset: DatasetSize, kept: _FrozenOperations
) -> SearchNetworkShape:
    return SearchNetworkShape(
        init_channels=config.channels_of(stage),
        num_classes=dataset.classes,
        layers=config.stages[stage].layers,
        kept_normal=kept,
        kept_reduce=kept,
        grid=dataset.grid,
        has_dropout=config.stages[stage].dropout_rate > 0,
    )


def _memory(
    config: SearchConfig, shape: SearchNetworkShape, dataset: DatasetSize, devices: int
) -> int:
    images, work = -(-batch_of(config, dataset) // devices), _work(shape)
    share = _BF16_SHARE if config.precision == "bf16" else 1.0
    workspace = WORKSPACE_SHARE * _largest_cell_bytes(shape)
    kept = images * (work.saved_bytes + workspace) + work.saved_once_bytes
    return dataset.bytes + _weights_bytes(work) + int(share * kept)


# Many searches have the same networks: a sweep over seeds, and anything that is sent again.
_work = lru_cache(maxsize=512)(network_workload)


@lru_cache(maxsize=512)
def _largest_cell_bytes(shape: SearchNetworkShape) -> int:
    return max(cell.saved_bytes for cell in cell_workloads(shape))


def _weights_bytes(work: Workload) -> int:
    return _COPIES_OF_WEIGHTS * FLOAT_BYTES * work.parameters


def _seconds(
    config: SearchConfig,
    stage: int,
    work: Workload,
    dataset: DatasetSize,
    cost: DeviceCost,
    devices: int,
) -> float:
    images = batch_of(config, dataset)
    trained, of_alphas = _halves(config, dataset)
    steps = max(1, trained // images)
    validated = max(1, -(-of_alphas // images))
    on_each = images if cost.is_shared else -(-images // devices)
    total = 0.0
    for epoch in range(config.stages[stage].epochs):
        total += steps * cost.weights.seconds(work, on_each)
        if phase_of(config.stages[stage], epoch) == "architecture":
            total += steps * cost.alphas.seconds(work, on_each)
        if is_validated(config.stages[stage], epoch):
            total += validated * cost.validation.seconds(work, on_each)
    return total
