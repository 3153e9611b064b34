"""A search in the other processes of its attempt: what they are given, and what they do."""

from typing import Any

import torch

from pdarts_core.config import SearchConfig
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.parallel.communicator import Communicator
from pdarts_core.search import run_search
from pdarts_core.stages import checkpoint as codec
from pdarts_core.stages.checkpoint import Checkpoint
from worker.ranks.parcel import Contents, dataset_contents


def contents_of(
    config: SearchConfig, dataset: ImageDataset, checkpoint: Checkpoint | None
) -> dict[str, Any]:
    """Return what each of them is given."""
    return {
        "config": config.to_dict(),
        "dataset": dataset_contents(dataset),
        "checkpoint": None if checkpoint is None else codec.save(checkpoint),
    }


def follow(contents: Contents, device: torch.device, communicator: Communicator) -> None:
    """Run the same search as the attempt, step by step."""
    saved = contents["checkpoint"]
    events = run_search(
        SearchConfig.from_dict(contents["config"]),
        ImageDataset(**contents["dataset"]),
        device=device,
        checkpoint=None if saved is None else codec.load(saved),
        communicator=communicator,
    )
    for _ in events:
        pass
