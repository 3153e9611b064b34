"""What a search reports while it runs. Stages, epochs and steps are counted from 1."""

from collections.abc import Callable
from dataclasses import dataclass

from pdarts_core.genotype import DerivedGenotype
from pdarts_core.pruning import DroppedOperation
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.verdict import Signal
from pdarts_core.space.cells import AlphaTable, CellPair, Edge, KeptOperations
from pdarts_core.stages.checkpoint import Checkpoint
from pdarts_core.stages.schedule import Phase


@dataclass(frozen=True, kw_only=True)
class StageStarted:
    """A stage starts with a new network."""

    stage: int
    stages: int
    layers: int
    epochs: int
    init_channels: int
    steps_per_epoch: int
    parameters: int
    """Weights of the network, alphas not counted."""
    accumulation: int
    """Parts of a batch whose gradients are added up for one step; 1 unless memory ran out."""
    kept: CellPair[KeptOperations]


@dataclass(frozen=True, kw_only=True)
class BatchHalved:
    """Memory ran out: the stage starts again, with each batch computed in more parts.

    Anything reported about the stage before no longer holds. `snapshot` as in StepFinished; it is
    of the stage's start.
    """

    stage: int
    images_at_once: int
    accumulation: int
    """Parts of a batch whose gradients are added up for one step."""
    snapshot: Callable[[], Checkpoint]


@dataclass(frozen=True, kw_only=True)
class NotRecorded:
    """The steps of a stage could not be recorded as CUDA graphs: they are launched one by one.

    The search is the same, but takes several times as long.
    """

    stage: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class KernelsFailed:
    """Kernels of our own do not work on the device: a stage is computed in PyTorch alone.

    The search is the same, but takes longer.
    """

    stage: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class ProcessesChanged:
    """The search goes on with another number of processes than the checkpoint was taken with.

    It is the same search, but its sums are rounded differently from here on.
    """

    stage: int
    epochs: int
    """Epochs of the stage that are finished."""
    before: int
    now: int


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """A step boundary: the caller may stop here and take a checkpoint.

    `snapshot` copies the search's state; it must be called before the next event is asked for.
    """

    stage: int
    epoch: int
    step: int
    steps: int
    phase: Phase
    snapshot: Callable[[], Checkpoint]


@dataclass(frozen=True, kw_only=True)
class BatchValidated:
    """An epoch, whose steps are all taken, was measured on one more batch of the alphas' half.

    `snapshot` as in StepFinished.
    """

    stage: int
    epoch: int
    batch: int
    batches: int
    snapshot: Callable[[], Checkpoint]


@dataclass(frozen=True, kw_only=True)
class EpochMetrics:
    """Means over an epoch. Accuracies are shares (0 to 1); None where nothing was measured."""

    learning_rate: float
    dropout_rate: float
    train_loss: float
    train_accuracy: float
    train_top5: float
    valid_loss: float | None
    valid_accuracy: float | None
    valid_top5: float | None
    valid_classes: ClassCounts | None
    """Counts on the second half, class by class."""
    seconds: float
    """Training and validation, and in a stage's first epoch the recording of its steps; what the
    caller does between events is left out."""
    images_per_second: float
    """Images that trained weights or alphas, by the seconds of training."""
    memory_bytes: int | None
    """Peak memory on the device; None if the device does not report it."""


@dataclass(frozen=True, kw_only=True)
class Collapse:
    """The normal cell of a stage has collapsed into skip-connects."""

    skip_connects: int
    """How many it would have if the stage ended now."""
    ends_stage: bool
    """The stage ends for it, before its last epoch (`stop_on_collapse`)."""


@dataclass(frozen=True, kw_only=True)
class EpochFinished:
    """An epoch ended. `snapshot` as in StepFinished."""

    stage: int
    epoch: int
    phase: Phase
    metrics: EpochMetrics
    alphas: CellPair[AlphaTable]
    collapse: Collapse | None
    """In the first epoch of a stage that ends collapsed; None in all others."""
    snapshot: Callable[[], Checkpoint]


@dataclass(frozen=True, kw_only=True)
class PrunedCell:
    """What pruning did to one kind of cell."""

    alphas: AlphaTable
    kept_before: KeptOperations
    kept_after: KeptOperations
    dropped: tuple[DroppedOperation, ...]
    decided: frozenset[tuple[Edge, str]]
    """Which of them it dropped by more than chance: the edges, and the operations on them."""


@dataclass(frozen=True, kw_only=True)
class OperationsPruned:
    """A stage ended: the weakest operations of each edge are gone. `snapshot` as in StepFinished.

    After the last stage one operation is left on each edge, as the unrestricted genotype sees it.
    """

    stage: int
    cells: CellPair[PrunedCell]
    signal: Signal
    """Whether the stage's decisions stand out from chance."""
    snapshot: Callable[[], Checkpoint]


@dataclass(frozen=True, kw_only=True)
class GenotypesDerived:
    """The search is done: the unrestricted genotype first, then one per skip limit."""

    genotypes: tuple[DerivedGenotype, ...]
    recommended: DerivedGenotype
    signal: Signal | None
    """Whether the search's decisions stand out from chance; None if a stage ended before this was
    measured."""


SearchEvent = (
    StageStarted
    | BatchHalved
    | NotRecorded
    | KernelsFailed
    | ProcessesChanged
    | StepFinished
    | BatchValidated
    | EpochFinished
    | OperationsPruned
    | GenotypesDerived
)
