"""A whole evaluation: a genotype's network trained from scratch, then tested once."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from pdarts_core.evaluation_config import EVALUATION_PRESETS, EvaluationConfig
from pdarts_core.genotype import Genotype
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.parallel.communicator import ALONE, Communicator
from pdarts_core.recipe.beginning import begin_with, check_weights, split_images
from pdarts_core.recipe.checkpoint import EvaluationCheckpoint
from pdarts_core.recipe.events import EvaluationEvent
from pdarts_core.recipe.halving import run_to_the_end
from pdarts_core.recipe.memory import placed
from pdarts_core.recipe.optimizer import make_optimizer
from pdarts_core.recipe.schedule import drop_path_prob, learning_rate
from pdarts_core.recipe.step import StepResult, training_step
from pdarts_core.recipe.task import EvaluationTask, TestSet

__all__ = [
    "EVALUATION_PRESETS",
    "EvaluationConfig",
    "StepResult",
    "TestSet",
    "drop_path_prob",
    "learning_rate",
    "make_optimizer",
    "run_evaluation",
    "training_step",
]


def run_evaluation(
    config: EvaluationConfig,
    genotype: Genotype,
    train: ImageDataset,
    test: TestSet | None,
    *,
    device: torch.device | str,
    weights: Mapping[str, Tensor] | None = None,
    checkpoint: EvaluationCheckpoint | None = None,
    communicator: Communicator = ALONE,
) -> Iterator[EvaluationEvent]:
    """Train a genotype's network and test it.

    All random numbers follow from the configuration's seed: on a CPU, the same arguments give the
    same events, to the bit. With a checkpoint, the events are those that came after it was taken.

    Args:
        config: the recipe.
        genotype: what the network is made of.
        train: the training set; `valid_portion` of it is held out.
        test: the test set, which nothing looks at before the end; its pixels are normalised as the
            training set's are. None: the result is of the held-out images.
        device: where to keep the network, and the images if they fit.
        weights: what the network begins with, as `load_network_weights` takes them.
        checkpoint: where to continue, from an evaluation with the same arguments.
        communicator: to processes that run the same evaluation, each on a part of every batch.
            They all are given the same arguments but for the device and the test set: only the
            first of them tests, and only its events go on after the training.

    Returns:
        The events, as the evaluation makes them; the last one carries result and weights. Asking
        for the next event may raise Diverged, TestSetMismatch, or whatever torch raises when
        memory runs out. With several processes, ProcessLost as well, and StartAnew: after
        EvaluationBatchHalved, all of them must begin again with its checkpoint.

    Raises:
        ValueError: there is nothing to train or to measure on, or no weights although there are no
            epochs.
        PublishedWeightsError: the weights do not fit the network.
        CheckpointMismatch: the checkpoint belongs to another evaluation or type of device, or was
            taken within an epoch by another number of processes.
    """
    place = torch.device(device)
    begin = begin_with(
        checkpoint,
        config,
        genotype,
        train,
        weights,
        device=place,
        processes=communicator.size,
    )
    if weights is not None:
        check_weights(config, genotype, train.num_classes, weights)
    parts = split_images(config, train)
    if test is None and not len(parts.alphas):
        raise ValueError("there is neither a test set nor any held-out image (valid_portion)")
    if config.epochs == 0 and weights is None:
        raise ValueError("without epochs, an evaluation needs weights")
    task = EvaluationTask(
        config=config,
        genotype=genotype,
        dataset=placed(train, place),
        train=parts.weights.to(place),
        held_out=parts.alphas.to(place),
        test=test,
        weights=weights,
        device=place,
        communicator=communicator,
    )
    return run_to_the_end(task, begin)
