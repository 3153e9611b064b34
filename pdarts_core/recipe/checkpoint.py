"""The state of an evaluation, to go on exactly where it stopped."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from torch import Tensor

from pdarts_core.saved_state import STATE
from pdarts_core.stages.checkpoint import CheckpointMismatch
from pdarts_core.stages.checkpoint_file import CheckpointError, CheckpointFile
from pdarts_core.training.optimizer_state import OptimizerState

__all__ = [
    "BestWeights",
    "CheckpointError",
    "CheckpointMismatch",
    "Counted",
    "EvaluationCheckpoint",
    "EvaluationState",
    "MeasurementState",
    "Tested",
    "load",
    "save",
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """What was counted on images: all that their figures follow from."""

    __pydantic_config__ = STATE

    sums: Tensor
    """float64 [3]: losses, their squares, images whose class is among the five likeliest."""
    confusion: Tensor
    """int64 [classes, classes]: images of each true class (rows) that were taken for each."""
    wrong: Tensor
    """float64 [4, n]: the images that were most surely taken for what they are not, the surest
    first: probability, place in the data set, true class, class that they were taken for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasurementState:
    """How far a measurement has got."""

    __pydantic_config__ = STATE

    position: int
    """Batches that are done."""
    counted: Counted
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Tested:
    """The finished test: what its set is no longer needed for."""

    __pydantic_config__ = STATE

    counted: Counted
    pictures: Tensor
    """uint8 [n, 3, H, W]: the images of `counted.wrong`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BestWeights:
    """The epoch that did best on the held-out images."""

    __pydantic_config__ = STATE

    epoch: int
    """Counted from 1."""
    hits: int
    network: dict[str, Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationState:
    """A network in the middle of its training or test. All tensors are copies, on the CPU."""

    __pydantic_config__ = STATE

    epoch: int
    """Epochs that are finished."""
    step: int
    """Steps of the unfinished epoch that are finished."""
    order: Tensor | None
    """The indices of the training images in the order of the unfinished epoch: int64 [n]. None if
    it has not begun."""
    network: dict[str, Tensor]
    optimizer: OptimizerState
    generators: dict[str, Tensor]
    sums: Tensor
    """The unfinished epoch's metrics, as a Tally keeps them."""
    more_sums: Tensor
    """float64 [2]: its auxiliary losses, image by image, and its gradient norms, step by step."""
    validation: MeasurementState
    test: MeasurementState
    validated: Counted | None
    """The latest epoch on the held-out images."""
    recent_hits: tuple[int, ...]
    """Of the last five epochs on the held-out images."""
    best: BestWeights | None
    epoch_seconds: float
    """Time that the steps of the unfinished epoch took."""
    train_seconds: float
    """Time that all finished epochs' steps took."""
    other_seconds: float
    """Time that the validations of finished epochs took."""
    device_type: str
    accumulate: int
    """Parts that each batch is computed in."""
    tested: Tested | None = None
    """None before the test's end, and in checkpoints from before there was this field."""
    processes: int = 1
    """How many computed a part of each batch."""

    @property
    def is_between_epochs(self) -> bool:
        """No step has been taken since an epoch ended."""
        return self.step == 0


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationCheckpoint:
    """An evaluation that can continue."""

    __pydantic_config__ = STATE

    fingerprint: str
    """Tells evaluations apart: of the recipe, the genotype, the training set, given weights."""
    state: EvaluationState | None
    """None if nothing has happened yet."""
    accumulate: int = 1
    """Parts that each batch is computed in, if nothing has happened yet."""


_FILE = CheckpointFile(
    mark=b"pdarts-evaluation",
    version=1,
    kind="an evaluation",
    adapter=TypeAdapter(EvaluationCheckpoint),
)


def save(checkpoint: EvaluationCheckpoint) -> bytes:
    """Return the checkpoint as bytes."""
    return _FILE.write(checkpoint)


def load(data: bytes) -> EvaluationCheckpoint:
    """Read what `save` returned.

    Raises:
        CheckpointError: the bytes are damaged, of another format or of another version.
    """
    return _FILE.read(data)
