"""Searches small enough for a test: noise that can be learned, and networks of a few channels."""

from dataclasses import replace
from typing import Any

import torch

from pdarts_core.config import SearchConfig, StageConfig
from pdarts_core.images.dataset import ImageDataset, channel_statistics
from pdarts_core.stages.events import EpochFinished, SearchEvent
from tests.support.selection import is_everything_wanted


def make_images(count: int, *, size: int = 8, seed: int = 0) -> torch.Tensor:
    """Return noise: uint8 [count, 3, size, size]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, size, size), generator=generator, dtype=torch.uint8)


def make_dataset(
    *, classes: int = 3, images_per_class: int = 8, size: int = 8, seed: int = 0
) -> ImageDataset:
    """Return a class-sorted data set whose classes differ in brightness."""
    labels = torch.arange(classes).repeat_interleave(images_per_class)
    noise = make_images(len(labels), size=size, seed=seed)
    images = noise // 2 + (labels * (127 // classes)).to(torch.uint8)[:, None, None, None]
    mean, std = channel_statistics(images)
    names = tuple(f"class {number}" for number in range(classes))
    return ImageDataset(
        name="noise", images=images, labels=labels, class_names=names, mean=mean, std=std
    )


THREE_STAGES = (
    StageConfig(layers=3, num_to_keep=5, dropout_rate=0.0, epochs=2, warmup_epochs=1),
    StageConfig(layers=3, num_to_keep=3, dropout_rate=0.4, epochs=2, warmup_epochs=1),
    StageConfig(layers=3, num_to_keep=1, dropout_rate=0.6, epochs=2, warmup_epochs=1),
)
TINY_STAGES = THREE_STAGES if is_everything_wanted() else (THREE_STAGES[0], THREE_STAGES[-1])


def make_config(**changes: Any) -> SearchConfig:
    """Return a search of stages with two epochs each and two steps an epoch."""
    return replace(SearchConfig(batch_size=6, init_channels=1, stages=TINY_STAGES), **changes)


def without_timing(event: SearchEvent) -> dict[str, Any]:
    """Return all of an event that must be the same whenever the search runs again."""
    told = {name: value for name, value in vars(event).items() if name != "snapshot"}
    if isinstance(event, EpochFinished):
        told["metrics"] = replace(
            event.metrics, seconds=0.0, images_per_second=0.0, memory_bytes=None
        )
    return {"event": type(event).__name__} | told
