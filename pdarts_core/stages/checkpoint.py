"""The state of a search, to go on exactly where it stopped."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from torch import Tensor

from pdarts_core.saved_state import STATE
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.pushes import PushState
from pdarts_core.signal.verdict import StageEvidence
from pdarts_core.space.cells import AlphaTable, CellPair, KeptOperations
from pdarts_core.stages.checkpoint_file import CheckpointError, CheckpointFile
from pdarts_core.stages.half_training import HalfState
from pdarts_core.training.validation import ValidationState


class CheckpointMismatch(CheckpointError):
    """The checkpoint belongs to another search: its configuration, data set or device differs."""


def check_device(*, before: str, now: str) -> None:
    """Raise CheckpointMismatch if another type of device cannot go on from a checkpoint."""
    if before != now:
        raise CheckpointMismatch(
            f"the checkpoint was taken on {before}; it cannot continue exactly on {now}"
        )


def check_processes(*, before: int, now: int, is_between_epochs: bool) -> None:
    """Raise CheckpointMismatch if another number of processes cannot go on from a checkpoint."""
    if before != now and not is_between_epochs:
        raise CheckpointMismatch(
            f"the checkpoint was taken within an epoch by {before} processes; it cannot continue"
            f" exactly with {now}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StageState:
    """A stage in the middle of its training. All tensors are copies, on the CPU."""

    __pydantic_config__ = STATE

    epoch: int
    """Epochs that are finished."""
    step: int
    """Steps of the unfinished epoch that are finished."""
    seconds: float
    """Time that these steps took."""
    network: dict[str, Tensor]
    """Weights, alphas and batch-norm statistics."""
    weights: HalfState
    alphas: HalfState
    generators: dict[str, Tensor]
    device_type: str
    accumulate: int
    """Parts that each batch is computed in."""
    validation: ValidationState | None = None
    """None in checkpoints from before a search could stop within it."""
    pushes: PushState | None = None
    """None in checkpoints from before they were kept."""
    class_counts: ClassCounts | None = None
    """How the latest epoch did on the second half, if it was measured."""
    collapsed: bool = False
    """An epoch of the stage has ended collapsed into skip-connects."""
    processes: int = 1
    """How many computed a part of each batch."""

    @property
    def is_between_epochs(self) -> bool:
        """No step has been taken since an epoch ended."""
        return self.step == 0


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """How a finished stage ended."""

    __pydantic_config__ = STATE

    kept: CellPair[KeptOperations]
    """The operations that were alive in it."""
    alphas: CellPair[AlphaTable]
    evidence: StageEvidence | None = None
    """None in checkpoints from before it was gathered."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A search that can continue. Counts start at 0."""

    __pydantic_config__ = STATE

    fingerprint: str
    """What `pdarts_core.stages.fingerprint` returns for the search's configuration and data set."""
    stage: int
    """The current or next stage; after the last, the number of stages."""
    kept: CellPair[KeptOperations]
    """The operations alive in that stage."""
    results: tuple[StageResult, ...]
    """The stages before it."""
    state: StageState | None
    """None if the stage has not begun."""
    accumulate: int = 1
    """Parts that each batch of that stage is computed in, if it has not begun."""


FORMAT_VERSION = 1
_FILE = CheckpointFile(
    mark=b"pdarts-checkpoint",
    version=FORMAT_VERSION,
    kind="a search",
    adapter=TypeAdapter(Checkpoint),
)


def save(checkpoint: Checkpoint) -> bytes:
    """Return the checkpoint as bytes."""
    return _FILE.write(checkpoint)


def load(data: bytes) -> Checkpoint:
    """Read what `save` returned.

    Raises:
        CheckpointError: the bytes are damaged, of another format or of another version.
    """
    return _FILE.read(data)
