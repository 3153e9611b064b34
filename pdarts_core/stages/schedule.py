"""How learning rate and dropout change from epoch to epoch. Epochs are counted from 0."""

import math
from typing import Literal

from pdarts_core.config import SearchConfig, StageConfig

Phase = Literal["weights", "architecture"]

VALIDATED_EPOCHS = 5
"""The epochs at the end of a stage that also measure accuracy on the second half."""


def phase_of(stage: StageConfig, epoch: int) -> Phase:
    """Return what an epoch trains: only weights at first, alphas too from `warmup_epochs` on."""
    return "weights" if epoch < stage.warmup_epochs else "architecture"


def learning_rate(config: SearchConfig, stage: StageConfig, epoch: int) -> float:
    """Return the weights' learning rate: a cosine from its full value down to the least.

    The least value would be reached one epoch after the last, so that no epoch is spent at 0.
    """
    taken_off = (1 - math.cos(math.pi * epoch / stage.epochs)) / 2
    # Subtracted from the full value, so that rounding exceeds neither bound.
    return config.learning_rate - (config.learning_rate - config.learning_rate_min) * taken_off


def dropout_rate(config: SearchConfig, stage: StageConfig, epoch: int) -> float:
    """Return the dropout rate after skip-connects (§3.3).

    It falls linearly over the weight epochs, then starts again with the architecture epochs and
    falls exponentially.
    """
    if phase_of(stage, epoch) == "weights":
        return stage.dropout_rate * (stage.epochs - epoch - 1) / stage.epochs
    since = epoch - stage.warmup_epochs
    return stage.dropout_rate * math.exp(-config.dropout_scale_factor * since)


def is_validated(stage: StageConfig, epoch: int) -> bool:
    """Tell whether an epoch ends with a measurement on the second half."""
    return epoch >= stage.epochs - VALIDATED_EPOCHS
