"""How a recipe changes from epoch to epoch. Epochs are counted from 0."""

import math

from pdarts_core.evaluation_config import FLAT_EPOCHS, LARGEST_UNWARMED_BATCH, EvaluationConfig


def learning_rate(config: EvaluationConfig, epoch: int) -> float:
    """Return the learning rate of an epoch."""
    if config.schedule == "cosine":
        rate = config.learning_rate * (1 + math.cos(math.pi * epoch / config.epochs)) / 2
    else:
        rate = _linear(config, epoch)
    if epoch < config.warmup_epochs and config.batch_size > LARGEST_UNWARMED_BATCH:
        rate *= (epoch + 1) / config.warmup_epochs
    return rate


def drop_path_prob(config: EvaluationConfig, epoch: int) -> float:
    """Return how probably each path is dropped in an epoch."""
    return config.drop_path_prob * epoch / config.epochs


def _linear(config: EvaluationConfig, epoch: int) -> float:
    steep, left = config.epochs - FLAT_EPOCHS, config.epochs - epoch
    if left > FLAT_EPOCHS:
        return config.learning_rate * (left - FLAT_EPOCHS) / steep
    return config.learning_rate * left / (steep * FLAT_EPOCHS)
