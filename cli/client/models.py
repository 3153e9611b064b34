"""The service's answers as types. Stages and epochs are counted from 1; accuracies are shares.

A field that may be null may also be missing: an older service may not send it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import AwareDatetime, Field

from cli.client.model import Model
from cli.client.spec import EvaluationConfig, EvaluationSpec, SearchConfig, Spec
from pdarts_core.genotype import Genotype, from_dict
from store.states import EventLevel, Status

Switches = list[list[str]]
"""The names of the operations that are alive on each of the 14 edges."""


class Failure(Model):
    """Why a job failed."""

    code: str
    message: str


class SpecWarning(Model):
    """One thing that speaks against a spec."""

    code: str
    message: str
    field: str | None = None
    """JSON pointer into the spec, to what could be changed."""


class JobRecord(Model):
    """A job of any kind."""

    id: str
    status: Status
    attempt: int
    attempts: int | None = None
    running_seconds: float | None = None
    worker: str | None = None
    error: Failure | None = None
    created_at: AwareDatetime
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    warnings: Sequence[SpecWarning] = ()
    urls: dict[str, str]

    @property
    def has_ended(self) -> bool:
        """Tell whether it has finished: succeeded, failed or cancelled."""
        return self.status in {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}


class Progress(Model):
    """How far a search has got."""

    fraction: float
    stage: int | None = None
    stages: int
    epoch: int | None = None
    epochs: int | None = None
    phase: str | None = None
    eta: AwareDatetime | None = None


class StageEstimate(Model):
    """What a stage is expected to need."""

    stage: int
    memory_bytes: int
    seconds: float | None = None


class TimeEstimate(Model):
    """How long a job is expected to take, and how sure that is."""

    device: str | None = None
    measured_on: str | None = None
    seconds: float | None = None
    seconds_low: float | None = None
    seconds_high: float | None = None
    learned_from: int = 0
    median_error: float | None = None


class EvaluationEstimate(TimeEstimate):
    """What an evaluation is expected to need, estimated when it was submitted."""

    multiply_adds: float
    rough_factor: float | None = None
    least_memory_bytes: int | None = None


class Estimate(TimeEstimate):
    """What a search is expected to need, estimated when it was submitted."""

    memory_bytes: int
    counted_seconds: float | None = None
    stages: list[StageEstimate]


class Signal(Model):
    """Whether what was decided stands out from chance."""

    verdict: str
    """`none`, `weak` or `clear`."""
    decided: int
    undecided: int
    reason: str
    gain: float | None = None
    agreement: float | None = None


class ClassAccuracy(Model):
    """How one class did; its label is its number in the data set."""

    label: int
    images: int
    hits: int
    accuracy: float | None = None


class Accuracy(Model):
    """The newest accuracy on the second half: the images that train the alphas, not the weights."""

    value: float
    images: int | None = None
    low: float | None = None
    high: float | None = None
    """The 95% interval."""
    chance: float | None = None
    balanced: float | None = None
    classes: list[ClassAccuracy] | None = None
    """Only where classes differ in size."""
    stage: int
    epoch: int


class SearchRecord(JobRecord):
    """A search: its spec and its state."""

    spec: Spec
    progress: Progress
    signal: Signal | None = None
    accuracy: Accuracy | None = None
    best_accuracy: float | None = None
    skip_connects: int | None = None
    accumulation: int | None = None
    estimate: Estimate | None = None


class PlannedStage(Model):
    """What a stage would take."""

    stage: int
    epochs: int
    memory_bytes: int | None = None


class Plan(Model):
    """What a search would do: the answer to a dry run."""

    spec: Spec
    stages: list[PlannedStage]
    epochs: int
    estimate: Estimate | None = None
    warnings: Sequence[SpecWarning] = ()


class Epoch(Model):
    """What an epoch measured; None for what it did not measure."""

    stage: int
    epoch: int
    phase: str
    learning_rate: float
    dropout_rate: float
    train_loss: float
    train_accuracy: float
    train_top5: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    valid_top5: float | None = None
    seconds: float
    images_per_second: float
    memory_bytes: int | None = None


class DroppedOperation(Model):
    """An operation that a pruning dropped from an edge."""

    edge: int
    source: int
    node: int
    operation: str
    probability: float
    margin: float
    decided: bool | None = None


class StageCell(Model):
    """What a stage found for one kind of cell."""

    alphas: list[list[float]] | None = None
    kept_before: Switches
    kept_after: Switches | None = None
    dropped: list[DroppedOperation]


class Stage(Model):
    """One search phase."""

    stage: int
    layers: int
    epochs: int
    init_channels: int
    parameters: int
    accumulation: int
    collapsed_epoch: int | None = None
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    signal: Signal | None = None
    normal: StageCell
    reduce: StageCell


class Event(Model):
    """One dated, numbered line in a job's history."""

    seq: int
    type: str
    level: EventLevel
    message: str
    time: AwareDatetime
    data: dict[str, Any]


class Checkpoint(Model):
    """What an attempt needs to continue exactly where another one stopped."""

    key: str
    stage: int | None = None
    epoch: int | None = None
    step: int | None = None
    device: str | None = None
    sha256: str
    bytes: int
    written_at: AwareDatetime


class EdgeWeights(Model):
    """How probable each entry's operation was on its edge."""

    normal: list[float]
    reduce: list[float]


class Provenance(Model):
    """Where a genotype comes from."""

    search_id: str
    search_name: str | None = None
    dataset: str | None = None
    dataset_digest: str | None = None
    images_skipped: int | None = None
    seed: int
    spec_sha256: str
    version: str
    signal: Signal | None = None


class NetworkSize(Model):
    """The size of a genotype's network, and the shape that was counted."""

    layers: int
    init_channels: int
    image_size: int
    num_classes: int
    stem: str
    auxiliary: bool
    parameters: int
    multiply_adds: int


class GenotypeDocument(Model):
    """A genotype and what is known about it."""

    id: str
    origin: str
    name: str | None = None
    genotype: dict[str, Any]
    skip_limit: int | None = None
    skip_limit_reduce: int | None = None
    skip_connects: int
    skip_connects_reduce: int
    recommended: bool
    edge_weights: EdgeWeights | None = None
    network: NetworkSize
    python: str
    provenance: Provenance | None = None
    created_at: AwareDatetime

    def to_genotype(self) -> Genotype:
        """Return the named tuple that code of the DARTS family takes."""
        return from_dict(self.genotype)


class KeptOperation(Model):
    """An operation that stayed on an edge."""

    operation: str
    probability: float


class PrunedOperation(KeptOperation):
    """An operation that was dropped from an edge."""

    margin: float
    close: bool
    decided: bool | None = None


class PrunedEdge(Model):
    """One edge of a cell."""

    edge: int
    source: int
    node: int
    kept: list[KeptOperation]
    dropped: list[PrunedOperation]


class StagePruning(Model):
    """What the pruning at the end of a stage did."""

    stage: int
    close_calls: int
    signal: Signal | None = None
    normal: list[PrunedEdge]
    reduce: list[PrunedEdge]


class Pruning(Model):
    """What the prunings of a search dropped."""

    threshold: float
    stages: list[StagePruning]


class Gpu(Model):
    """A worker's GPU at the worker's last heartbeat; what its driver does not tell is None."""

    uuid: str
    name: str
    utilization: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    memory_of_others_bytes: int | None = None
    temperature_celsius: int | None = None
    slowed_by: list[str]


class Worker(Model):
    """A worker process on a device."""

    id: str
    name: str
    host: str
    device: str
    device_name: str
    memory_bytes: int
    device_count: int = 1
    gpus: Sequence[Gpu] = ()
    version: str
    alive: bool
    draining: bool
    job: str | None = None
    search: str | None = None
    busy: bool
    started_at: AwareDatetime
    last_beat_at: AwareDatetime


class Capacity(Model):
    """How many workers there are, and how many are free."""

    workers: int
    busy: int
    idle: int
    queued: int
    next_start_at: AwareDatetime | None = None


class ImageSize(Model):
    """Pixels."""

    height: int
    width: int


class DatasetCheck(Model):
    """The newest check of a data set."""

    id: str
    status: str
    fraction: float
    is_current: bool
    """Whether it is of the images as they are now."""
    error: Failure | None = None
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = None


class Dataset(Model):
    """A data set that a spec can name."""

    id: str | None = None
    """Null for one that all owners share."""
    name: str
    kind: str
    """`builtin`, `folder` or `sent`."""
    state: str | None = None
    """`unchecked`, `checking`, `ready` or `invalid`; null from a service that checks none."""
    classes: int
    images: int | None = None
    image_size: ImageSize | None = None
    available: bool
    digest: str | None = None
    bytes: int | None = None
    created_at: AwareDatetime | None = None
    check: DatasetCheck | None = None


class ClassCount(Model):
    """How many images a class has."""

    name: str
    train: int
    test: int


class Finding(Model):
    """One thing that a check saw."""

    code: str
    level: str
    """`error`, `warning` or `info`."""
    count: int
    files: list[str]
    """Which, 100 at most."""
    message: str
    advice: str
    can_be_skipped: bool = False
    """Whether a job leaves these files out if its spec has `skip_invalid`."""


class SizeRange(Model):
    """The sizes of all images, in pixels."""

    least_height: int
    least_width: int
    most_height: int
    most_width: int
    equal: bool


class DatasetDetails(Dataset):
    """A data set, with what its check found."""

    class_counts: list[ClassCount] | None = None
    test_images: int | None = None
    sizes: SizeRange | None = None
    mean: list[float] | None = None
    std: list[float] | None = None
    left_out: Mapping[str, int] = Field(default_factory=dict)
    notes: Sequence[str] = ()
    findings: Sequence[Finding] = ()


class Preset(Model):
    """A named spec."""

    name: str
    default: bool
    spec: SearchConfig


class EvaluationPreset(Model):
    """A named recipe."""

    name: str
    default: bool
    spec: EvaluationConfig


class Check(Model):
    """The state of one thing that the service needs."""

    status: str
    detail: str


class Readiness(Model):
    """Whether the service has what it needs."""

    status: str
    database: Check
    schema_revision: Check
    broker: Check
    artifacts: Check | None = None
    datasets: Check | None = None
    workers: int | None = None


class EvaluationProgress(Model):
    """How far an evaluation has got."""

    fraction: float
    epoch: int | None = None
    epochs: int
    eta: AwareDatetime | None = None


class Cells(Model):
    """Both cells of a genotype."""

    normal: list[tuple[str, int]]
    normal_concat: list[int]
    reduce: list[tuple[str, int]]
    reduce_concat: list[int]


class EvaluatedGenotype(Model):
    """What an evaluation trains; the ids are those of where it came from."""

    id: str | None = None
    search_id: str | None = None
    cells: Cells


class Figure(Model):
    """A measured number, how many images it rests on, and its 95% interval."""

    value: float
    images: int
    low: float
    high: float


class Measured(Model):
    """What a network did on a set of images."""

    accuracy: Figure
    top5: Figure
    loss: Figure
    balanced_accuracy: Figure
    chance_accuracy: float


class BestEpoch(Model):
    """The epoch that did best on the held-out images."""

    epoch: int
    accuracy: Figure


class Result(Measured):
    """An evaluation's final figures, with the last epoch's weights."""

    source: str
    """`test`, or `validation` where there are no test images."""
    validation: Measured | None = None
    last_epochs: Figure | None = None
    best: BestEpoch | None = None
    parameters: int
    multiply_adds: int
    train_images: int
    seconds: float
    images_per_second: float | None = None


class ClassFigures(Model):
    """How the network does on one class."""

    name: str
    images: int
    hits: int
    predictions: int
    accuracy: Figure | None = None


class WrongImage(Model):
    """An image that the network was sure of, and wrong about."""

    place: int
    class_name: str
    taken_for: str
    probability: float


class ModelFile(Model):
    """A file of the network."""

    which: str
    format: str
    bytes: int
    sha256: str


class WholeResult(Result):
    """Everything that an evaluation ended with."""

    classes: list[ClassFigures]
    confusion: list[list[int]]
    """Images of each class (rows) that were taken for each class (columns)."""
    wrong: Sequence[WrongImage] = ()
    models: list[ModelFile]


class EvaluationRecord(JobRecord):
    """An evaluation: its spec and its state."""

    spec: EvaluationSpec
    genotype: EvaluatedGenotype
    progress: EvaluationProgress
    result: Result | None = None
    estimate: EvaluationEstimate | None = None


class Weights(Model):
    """A file of trained weights, as far as the names and shapes of its tensors tell."""

    id: str
    owner: str
    name: str | None = None
    sha256: str
    bytes: int
    format: str
    layout: str
    """`project`, or `published`: as P-DARTS' own code names its tensors."""
    parameters: int
    """Without the auxiliary head."""
    tensors: int
    init_channels: int
    layers: int
    num_classes: int
    stem: str
    auxiliary: bool
    created_at: AwareDatetime
    urls: dict[str, str]


class Upload(Model):
    """A file that comes in parts."""

    id: str
    owner: str
    bytes: int
    """Of the whole file."""
    offset: int
    """How many have come."""
    metadata: dict[str, str]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    urls: dict[str, str]


class EvaluationPlan(Model):
    """What an evaluation would train: the answer to a dry run."""

    spec: EvaluationSpec
    genotype: EvaluatedGenotype
    network: NetworkSize | None = None
    estimate: EvaluationEstimate | None = None
    warnings: Sequence[SpecWarning] = ()


class EvaluationEpoch(Model):
    """What an epoch of an evaluation measured; None for what it did not measure."""

    epoch: int
    learning_rate: float
    drop_path_prob: float
    train_loss: float
    train_auxiliary_loss: float
    train_accuracy: float
    train_top5: float
    gradient_norm: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    valid_top5: float | None = None
    seconds: float
    images_per_second: float
    memory_bytes: int | None = None
