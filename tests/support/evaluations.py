"""Evaluations small enough for a test: noise that can be learned, networks of a few channels."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from torch import Tensor

from pdarts_core.evaluation import TestSet, run_evaluation
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.recipe.events import (
    EvaluationEpochFinished,
    EvaluationEvent,
    EvaluationFinished,
)
from tests.support.genotypes import random_genotype
from tests.support.searches import make_dataset

EventT = TypeVar("EventT", bound=EvaluationEvent)

GENOTYPE = random_genotype(1)
SMALL = EvaluationConfig(
    epochs=2,
    batch_size=5,
    init_channels=2,
    layers=3,
    learning_rate=0.1,
    cutout_length=4,
    mixup=0.2,
    valid_portion=0.25,
)


def make_config(**changes: Any) -> EvaluationConfig:
    """Return a recipe of two epochs on 18 of `make_dataset`'s 24 images, four steps each."""
    return replace(SMALL, **changes)


def run(
    config: EvaluationConfig,
    *,
    train: ImageDataset | None = None,
    test: TestSet | None = None,
    **others: Any,
) -> list[EvaluationEvent]:
    """Return all events of an evaluation on a CPU."""
    train = make_dataset() if train is None else train
    return list(run_evaluation(config, GENOTYPE, train, test, device="cpu", **others))


def of_type(kind: type[EventT], events: Iterable[EvaluationEvent]) -> list[EventT]:
    """Return the events of one type."""
    return [event for event in events if isinstance(event, kind)]


def finished(events: list[EvaluationEvent]) -> EvaluationFinished:
    """Return the event that ends an evaluation."""
    last = events[-1]
    assert isinstance(last, EvaluationFinished)
    return last


def without_timing(event: EvaluationEvent) -> dict[str, Any]:
    """Return all of an event that must be the same whenever the evaluation runs again."""
    told = {name: value for name, value in vars(event).items() if name != "snapshot"}
    if isinstance(event, EvaluationEpochFinished):
        told["metrics"] = replace(
            event.metrics, seconds=0.0, images_per_second=0.0, memory_bytes=None
        )
    if isinstance(event, EvaluationFinished):
        told["result"] = replace(event.result, seconds=0.0, images_per_second=None)
        for name in ("weights", "best_weights"):
            told[name] = _bits(told[name])
        told["pictures"] = event.pictures.numpy().tobytes()
    return {"event": type(event).__name__} | told


def _bits(weights: Mapping[str, Tensor] | None) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in (weights or {}).items()}
