"""An evaluation in the other processes of its attempt: what they are given, and what they do."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from pdarts_core.evaluation import run_evaluation
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import Genotype, from_dict, to_dict
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.parallel.communicator import Communicator
from pdarts_core.recipe import checkpoint as codec
from pdarts_core.recipe.checkpoint import EvaluationCheckpoint
from worker.ranks.parcel import Contents, dataset_contents


def contents_of(
    config: EvaluationConfig,
    genotype: Genotype,
    train: ImageDataset,
    weights: Mapping[str, Tensor] | None,
    checkpoint: EvaluationCheckpoint | None,
) -> dict[str, Any]:
    """Return what each of them is given."""
    return {
        "config": config.to_dict(),
        "genotype": to_dict(genotype),
        "train": dataset_contents(train),
        "weights": None if weights is None else dict(weights),
        "checkpoint": None if checkpoint is None else codec.save(checkpoint),
    }


def follow(contents: Contents, device: torch.device, communicator: Communicator) -> None:
    """Run the same evaluation as the attempt up to its test, step by step."""
    saved = contents["checkpoint"]
    events = run_evaluation(
        EvaluationConfig.from_dict(contents["config"]),
        from_dict(contents["genotype"]),
        ImageDataset(**contents["train"]),
        _never_opened,
        device=device,
        weights=contents["weights"],
        checkpoint=None if saved is None else codec.load(saved),
        communicator=communicator,
    )
    for _ in events:
        pass


def _never_opened() -> ImageDataset:
    raise AssertionError("only the attempt's own process tests")
