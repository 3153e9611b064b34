"""The tables, typed. All times come from the database's clock."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    column_property,
    declared_attr,
    foreign,
    mapped_column,
    relationship,
)

from store.states import DeliveryState, ErrorCode, EventLevel, GenotypeOrigin, JobState
from store.types import Float32Table, FloatTable, Json, SkipLimit, UtcDateTime, db_now

ID_LENGTH = 40


def _enum(kind: type[StrEnum]) -> Enum:
    # Text without a CHECK: a new member needs no migration.
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


TURNS = (
    "attempt_started",
    "attempt_lost",
    "released",
    "paused",
    "succeeded",
    "failed",
    "cancelled",
)
"""The types of events that begin or end a worker's run of a job."""
_IS_LOST_ATTEMPT = "type = 'attempt_lost'"


def lost_attempts() -> ColumnElement[bool]:
    """Return the SQL condition for the events of lost attempts.

    Spelled as in their index: with a parameter, neither database would use it.
    """
    return literal_column(f"events.{_IS_LOST_ATTEMPT}", Boolean)


def _partial_index(column: str, *, where: str) -> Index:
    return Index(None, column, sqlite_where=text(where), postgresql_where=text(where))


class Base(DeclarativeBase):
    """All tables, with constraint names that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own declaration
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
        JobState: _enum(JobState),
        EventLevel: _enum(EventLevel),
        ErrorCode: _enum(ErrorCode),
        DeliveryState: _enum(DeliveryState),
        GenotypeOrigin: _enum(GenotypeOrigin),
    }


class Job(Base):
    """The durable unit that a worker runs; the row is the truth, the message only a doorbell."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "state", "owner", "priority", "created_at"),
        Index(None, "state", "lease_until"),
        # A page of a list, which is always of one kind: all, or those with a status or data set.
        Index(None, "owner", "kind", "id"),
        Index(None, "owner", "kind", "state", "id"),
        Index(None, "owner", "kind", "dataset", "id"),
        Index(None, "dataset_id", "state"),
        _partial_index("finished_at", where="finished_at IS NOT NULL"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """The name of an entry of store.kinds."""
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(200))
    """What its owner calls it."""
    dataset: Mapped[str | None] = mapped_column(String(100))
    """The data set that it works with; null where it needs none."""
    dataset_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Where the data set was sent by its owner; null for one that all owners share."""
    dataset_digest: Mapped[str | None] = mapped_column(String(64))
    """Digest of the data set's images when the job was submitted or, of a shared folder, when it
    first loaded them; null where it was not known."""
    images_skipped: Mapped[int | None]
    """Of the images that were loaded, how many could not be used and were left out; null unless
    that was asked for."""
    spec: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What was asked for, in its kind's form; complete, with every default filled in."""
    spec_sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Digest of everything that affects its result."""
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """The client's own metadata."""
    estimate: Mapped[dict[str, Any] | None]
    """What it was expected to need when it was submitted; null if unknown."""
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    priority: Mapped[int] = mapped_column(default=0)
    """Higher first."""
    device: Mapped[str] = mapped_column(String(20), default="auto", server_default="auto")
    """What it asks for: auto, cpu or cuda."""
    device_count: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many devices it asks for."""
    memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """Of a device, as estimated; null if unknown."""
    least_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    """With less, no device can run it, however small the parts of its batches."""
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    """Grows with every change that a client can see."""
    event_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The number of the newest event."""

    lease_token: Mapped[int] = mapped_column(BigInteger, default=0)
    """The fencing token: grows with every claim, never shrinks."""
    lease_owner: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    lease_until: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    attempts_without_progress: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    dispatch_after: Mapped[datetime] = mapped_column(default=db_now())
    """When recovery rings for the job, if it is still queued."""
    rings: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    """No worker takes it earlier; null if it need not wait."""
    waits: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many times in a row it was given back to wait, without progress in between."""
    cancel_requested_at: Mapped[datetime | None]
    pause_requested_at: Mapped[datetime | None]

    checkpoint_key: Mapped[str | None] = mapped_column(String(200))
    checkpoint_step: Mapped[int | None] = mapped_column(BigInteger)
    checkpoint_sha256: Mapped[str | None] = mapped_column(String(64))

    progress_fraction: Mapped[float] = mapped_column(default=0.0)
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Its place, as its kind counts it; empty until an attempt reports it."""
    finish_expected_at: Mapped[datetime | None]

    error_code: Mapped[ErrorCode | None]
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    turns: Mapped[list["Event"]] = relationship(
        primaryjoin=lambda: (foreign(Event.job_id) == Job.id) & Event.type.in_(TURNS),
        order_by=lambda: Event.seq,
        viewonly=True,
    )
    """The events that begin or end a worker's run of it, the oldest first."""


class Event(Base):
    """One dated, numbered line in a job's history."""

    __tablename__ = "events"
    __table_args__ = (_partial_index("time", where=_IS_LOST_ATTEMPT),)

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    level: Mapped[EventLevel]
    message: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(default=db_now())
    data: Mapped[dict[str, Any]]


class Epoch(Base):
    """What one epoch measured, and the alphas at its end. Counted from 1."""

    __tablename__ = "epochs"
    __table_args__ = (Index(None, "finished_at"), Index(None, "search_id", "valid_accuracy"))

    search_id: Mapped[str] = mapped_column(
        ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True
    )
    stage: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    phase: Mapped[str] = mapped_column(String(20))
    learning_rate: Mapped[float]
    dropout_rate: Mapped[float]
    train_loss: Mapped[float]
    train_accuracy: Mapped[float]
    train_top5: Mapped[float]
    valid_loss: Mapped[float | None]
    valid_accuracy: Mapped[float | None]
    valid_top5: Mapped[float | None]
    seconds: Mapped[float]
    images_per_second: Mapped[float]
    memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    valid_classes: Mapped[dict[str, Any] | None]
    """The images, hits and predictions of each class on the second half; null where not measured,
    and in rows from before they were counted."""
    alphas_normal: Mapped[FloatTable] = mapped_column(Float32Table)
    alphas_reduce: Mapped[FloatTable] = mapped_column(Float32Table)
    finished_at: Mapped[datetime] = mapped_column(default=db_now())


class Stage(Base):
    """One search phase; `normal` and `reduce` are null until its pruning. Counted from 1."""

    __tablename__ = "stages"

    search_id: Mapped[str] = mapped_column(
        ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True
    )
    stage: Mapped[int] = mapped_column(primary_key=True)
    layers: Mapped[int]
    epochs: Mapped[int]
    init_channels: Mapped[int]
    parameters: Mapped[int] = mapped_column(BigInteger)
    accumulation: Mapped[int] = mapped_column(default=1, server_default="1")
    """Parts that each batch is computed in; more than 1 where memory ran out."""
    kept_normal: Mapped[list[Any]]
    """The switches before the stage."""
    kept_reduce: Mapped[list[Any]]
    normal: Mapped[dict[str, Any] | None]
    """Alphas, switches before and after, dropped operations with probability and margin."""
    reduce: Mapped[dict[str, Any] | None]
    signal: Mapped[dict[str, Any] | None]
    """Whether its decisions stand out from chance; null until its pruning, and in rows from before
    this was measured."""
    collapsed_epoch: Mapped[int | None]
    """The first epoch that left the normal cell collapsed into skip-connects."""
    started_at: Mapped[datetime] = mapped_column(default=db_now())
    finished_at: Mapped[datetime | None]


_signals = table("searches", column("id"), column("signal", Json))
"""What genotypes show of their search."""


class GenotypeRow(Base):
    """A genotype: of a finished search, derived from its alphas later, or imported."""

    __tablename__ = "genotypes"
    __table_args__ = (
        UniqueConstraint("search_id", "skip_limit", "skip_limit_reduce"),
        Index(None, "owner", "id"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    origin: Mapped[GenotypeOrigin]
    search_id: Mapped[str | None] = mapped_column(ForeignKey("searches.id", ondelete="CASCADE"))
    """Null for an imported one."""
    name: Mapped[str | None] = mapped_column(String(200))
    """What its owner calls an imported one."""
    position: Mapped[int] = mapped_column(default=0)
    """The order of derivation among a search's own: 0 is the unrestricted one."""
    skip_limit: Mapped[int | None] = mapped_column(SkipLimit, nullable=False)
    skip_limit_reduce: Mapped[int | None] = mapped_column(SkipLimit, nullable=False)
    """The limit of the reduction cell; null for a search's own."""
    skip_connects: Mapped[int]
    recommended: Mapped[bool] = mapped_column(default=False)
    genotype: Mapped[dict[str, Any]]
    edge_weights: Mapped[dict[str, Any] | None]
    """Null for an imported one."""
    version: Mapped[str] = mapped_column(String(40))
    """The version of this software that derived or imported it."""
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    signal: Mapped[dict[str, Any] | None] = column_property(
        select(_signals.c.signal).where(_signals.c.id == search_id).scalar_subquery()
    )
    """That of its search."""


class JobRow(Base):
    """What a kind keeps of each of its jobs besides the job, whose id it shares."""

    __abstract__ = True

    id: Mapped[str]

    @declared_attr
    @classmethod
    def job(cls) -> Mapped[Job]:
        """The job itself."""
        return relationship(lazy="joined", innerjoin=True)


class Submitted(JobRow):
    """One that knows of its submission, by the job's first event."""

    __abstract__ = True

    @declared_attr
    @classmethod
    def submission(cls) -> Mapped[dict[str, Any] | None]:
        """The data of that event."""
        first = (Event.job_id == cls.id) & (Event.seq == 1)
        return column_property(select(Event.data).where(first).scalar_subquery())

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What spoke against its spec when it was submitted."""
        found: list[dict[str, Any]] = (self.submission or {}).get("warnings", [])
        return found


class Search(Submitted):
    """What a search has besides its job, whose id it shares."""

    __tablename__ = "searches"

    id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    signal: Mapped[dict[str, Any] | None]
    """Whether what it decided stands out from chance; null until its end, and where a stage ended
    before this was measured."""
    best_accuracy: Mapped[float | None] = column_property(
        select(func.max(Epoch.valid_accuracy))
        .where(Epoch.search_id == id)  # noqa: A003  the column above
        .scalar_subquery()
    )
    """The largest on the second half of the images, over all epochs."""
    skip_connects: Mapped[int | None] = column_property(
        select(func.max(GenotypeRow.skip_connects))
        .where(GenotypeRow.search_id == id, GenotypeRow.recommended)  # noqa: A003  the column above
        .scalar_subquery()
    )
    """In the normal cell of the recommended genotype."""
    accumulation: Mapped[int | None] = column_property(
        select(func.max(Stage.accumulation))
        .where(Stage.search_id == id)  # noqa: A003  the column above
        .scalar_subquery()
    )
    """The most parts that the batches of a stage were computed in."""


class Evaluation(Submitted):
    """What an evaluation has besides its job, whose id it shares."""

    __tablename__ = "evaluations"
    __table_args__ = (
        Index(None, "genotype_id"),
        Index(None, "search_id"),
        Index(None, "weights_id"),
    )

    id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    genotype: Mapped[dict[str, Any]]
    """What is trained. It stays, whatever becomes of where it came from."""
    genotype_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Where it came from, which may have been deleted since; null for one that was sent along."""
    search_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The search that the genotype comes from; null if from none."""
    weights_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """What its network begins with; null if it draws its weights."""
    result: Mapped[dict[str, Any] | None]
    """Its final figures; null until then."""
    details: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    """The figures of each class, and the confusion matrix; null until its end."""
    models: Mapped[list[Any] | None]
    """The files with its weights: which, format, key, sha256, bytes; null until its end."""


class WeightsRow(Base):
    """A file of trained weights that its owner sent."""

    __tablename__ = "weights"
    __table_args__ = (UniqueConstraint("owner", "sha256"), Index(None, "owner", "id"))

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(200))
    """What its owner calls it."""
    key: Mapped[str] = mapped_column(String(200))
    """Where the file is, among the artifacts."""
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    form: Mapped[str] = mapped_column(String(20))
    """What it was written by: safetensors or torch."""
    layout: Mapped[str] = mapped_column(String(20))
    """How its tensors are named: as this project's, or as the published code's."""
    parameters: Mapped[int] = mapped_column(BigInteger)
    tensors: Mapped[int]
    stem: Mapped[str] = mapped_column(String(20))
    init_channels: Mapped[int]
    layers: Mapped[int]
    num_classes: Mapped[int]
    auxiliary: Mapped[bool]
    shapes: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """Of its tensors, by their names in the file."""
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class DatasetRow(Base):
    """A data set that its owner sent: which images there are. They lie among the artifacts."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64))
    """Of its images and their paths, see worker.archives."""
    pack_key: Mapped[str] = mapped_column(String(200))
    """Where its images are, among the artifacts: one file, in one form."""
    pack_sha256: Mapped[str] = mapped_column(String(64))
    pack_bytes: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    """Of its images."""
    files: Mapped[int]
    classes: Mapped[list[Any]]
    """Name, training images and test images of each class."""
    image_height: Mapped[int | None]
    """Of its first image; null where that cannot be read."""
    image_width: Mapped[int | None]
    left_out: Mapped[dict[str, Any]]
    """How many files were no images, by the ends of their names."""
    notes: Mapped[list[Any]]
    """What was done to the archive's names, in sentences for people."""
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    """When these images were sent."""

    @property
    def folder(self) -> str:
        """Where its images are, among the artifacts: an id of this kind, but not always its own."""
        return self.pack_key.partition("/")[0]


class Check(JobRow):
    """What a check of a data set has besides its job, whose id it shares."""

    __tablename__ = "checks"
    __table_args__ = (Index(None, "dataset", "id"), Index(None, "dataset_id", "id"))

    id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(100))
    dataset_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Where the data set was sent by its owner; null for one that all owners share."""
    mark: Mapped[str] = mapped_column(String(64))
    """Tells one state of the data set's files from another, without reading them."""
    report: Mapped[dict[str, Any] | None]
    """What it found; null until its end."""
    samples_key: Mapped[str | None] = mapped_column(String(200))
    """Where the sheet with some of its images is, among the artifacts."""
    samples_sha256: Mapped[str | None] = mapped_column(String(64))


class UploadRow(Base):
    """A file that its owner sends in parts; what has come is on the disk, see store.uploads."""

    __tablename__ = "uploads"
    __table_args__ = (Index(None, "owner", "id"), Index(None, "expires_at"))

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    """Of the whole file."""
    sent_metadata: Mapped[str] = mapped_column("metadata", Text)
    """The client's own, as the header Upload-Metadata has it; empty for none."""
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    expires_at: Mapped[datetime]
    """When it is forgotten, unless more of it comes."""


class EvaluationEpoch(Base):
    """What one epoch of an evaluation measured. Counted from 1."""

    __tablename__ = "evaluation_epochs"

    evaluation_id: Mapped[str] = mapped_column(
        ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True
    )
    epoch: Mapped[int] = mapped_column(primary_key=True)
    learning_rate: Mapped[float]
    drop_path_prob: Mapped[float]
    train_loss: Mapped[float]
    train_auxiliary_loss: Mapped[float]
    train_accuracy: Mapped[float]
    train_top5: Mapped[float]
    gradient_norm: Mapped[float]
    valid_loss: Mapped[float | None]
    valid_accuracy: Mapped[float | None]
    valid_top5: Mapped[float | None]
    seconds: Mapped[float]
    images_per_second: Mapped[float]
    memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime] = mapped_column(default=db_now())


class IdempotentRequest(Base):
    """A request that is carried out once, however often it is sent; and its answer."""

    __tablename__ = "idempotent_requests"
    __table_args__ = (Index(None, "created_at"),)

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The client's own name for the request."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Digest of method, address and body: another request with the same key is refused."""
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class ApiKey(Base):
    """How a client proves who it is. Only a digest of the key is stored."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("hash"), Index(None, "owner", "id"))

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the key (hexadecimal)."""
    hint: Mapped[str] = mapped_column(String(20))
    """How the key begins and ends, for people who look for it."""
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the minute."""


class Worker(Base):
    """A worker process on a device; alive while its beat is fresh."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(200))
    pid: Mapped[int]
    device: Mapped[str] = mapped_column(String(20))
    device_name: Mapped[str] = mapped_column(String(200))
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    device_count: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many devices it offers to one job."""
    gpus: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What it last read of them, see store.gpu_readings."""
    version: Mapped[str] = mapped_column(String(40))
    job_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    draining: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime] = mapped_column(default=db_now())
    last_beat_at: Mapped[datetime] = mapped_column(default=db_now())


class Webhook(Base):
    """An address that is notified about its owner's jobs."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "owner", "id"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[Any]]
    secret: Mapped[str] = mapped_column(String(100))
    """Sealed, see store.sealed_secrets; not yet where an older version has written it."""
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None] = mapped_column(String(200))
    failing_since: Mapped[datetime | None]
    """The first failure since the last success."""
    created_at: Mapped[datetime] = mapped_column(default=db_now())


class Delivery(Base):
    """One message to one webhook, sent until it is accepted or dead."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "webhook_id", "id"),
        Index(None, "created_at"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(40))
    job_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Null where it only shows that deliveries arrive."""
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=db_now())
    """When to send it; while it is being sent, when another sender may take over."""
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=db_now())
    finished_at: Mapped[datetime | None]
