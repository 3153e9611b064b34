"""What an evaluation reports while it runs. Epochs, steps and batches are counted from 1."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from pdarts_core.recipe.checkpoint import EvaluationCheckpoint
from pdarts_core.recipe.figures import BestEpoch, EvaluationResult, Measured

Snapshot = Callable[[], EvaluationCheckpoint]
"""Copies the evaluation's state; must be called before the next event is asked for."""


@dataclass(frozen=True, kw_only=True)
class EvaluationStarted:
    """A network is trained from the start; not reported when one goes on from a checkpoint."""

    epochs: int
    steps_per_epoch: int
    parameters: int
    """Without the auxiliary head."""
    multiply_adds: int
    """Of one image's forward pass."""
    train_images: int
    valid_images: int
    """Held-out training images."""
    accumulation: int
    """Parts of a batch whose gradients are added up for one step; 1 unless memory ran out."""


@dataclass(frozen=True, kw_only=True)
class EvaluationBatchHalved:
    """Memory ran out: the unfinished epoch starts again, with each batch computed in more parts.

    Anything reported about it no longer holds. `snapshot` is of the epoch's start.
    """

    epochs: int
    """Those that are finished, and stay so."""
    images_at_once: int
    accumulation: int
    """Parts of a batch whose gradients are added up for one step."""
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class EvaluationProcessesChanged:
    """The evaluation goes on with another number of processes than its checkpoint was taken with.

    It is the same evaluation, but its sums are rounded differently from here on.
    """

    epochs: int
    """Those that are finished."""
    before: int
    now: int


@dataclass(frozen=True, kw_only=True)
class EvaluationStepFinished:
    """A step boundary: the caller may stop here and take a checkpoint."""

    epoch: int
    step: int
    steps: int
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class EvaluationBatchValidated:
    """An epoch, whose steps are all taken, was measured on one more batch of held-out images."""

    epoch: int
    batch: int
    batches: int
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class EvaluationEpochMetrics:
    """Means over an epoch. Accuracies are shares (0 to 1)."""

    learning_rate: float
    drop_path_prob: float
    train_loss: float
    """The main head's, on augmented images."""
    train_auxiliary_loss: float
    train_accuracy: float
    """On augmented images; of mixed images, the larger part's class counts."""
    train_top5: float
    gradient_norm: float
    """Mean over the steps, before clipping."""
    validation: Measured | None
    """On the held-out images; None without any."""
    seconds: float
    """Training and validation; what the caller does between events is left out."""
    images_per_second: float
    """Of training."""
    memory_bytes: int | None
    """Peak memory on the device; None if the device does not report it."""


@dataclass(frozen=True, kw_only=True)
class EvaluationEpochFinished:
    """An epoch ended."""

    epoch: int
    epochs: int
    metrics: EvaluationEpochMetrics
    best: BestEpoch | None
    """So far; None without held-out images."""
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class EvaluationBatchTested:
    """The trained network was measured on one more batch of the images that its result is for."""

    batch: int
    batches: int
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class EvaluationTested:
    """The test is over: nothing after it needs the images that the result is for."""

    images: int
    """How many it rests on."""
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationFinished:
    """The evaluation is done. Weights are state dicts of `Network`, on the CPU."""

    result: EvaluationResult
    pictures: Tensor
    """uint8 [n, 3, H, W]: the images of `result.wrong`, before they are cropped and normalised."""
    weights: Mapping[str, Tensor]
    """The last epoch's, which the result is of."""
    best_weights: Mapping[str, Tensor] | None
    """Those of `result.best`; None without held-out images or without epochs."""


EvaluationEvent = (
    EvaluationStarted
    | EvaluationBatchHalved
    | EvaluationProcessesChanged
    | EvaluationStepFinished
    | EvaluationBatchValidated
    | EvaluationEpochFinished
    | EvaluationBatchTested
    | EvaluationTested
    | EvaluationFinished
)
