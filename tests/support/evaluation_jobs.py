"""Evaluations as jobs: their specs, and what the database shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import to_dict
from store.database import Database
from store.history import NewEvent
from store.ids import IdKind, new_id
from store.kinds import EVALUATION
from store.lifecycle import enqueue
from store.model_files import ModelFile
from store.states import JobState
from store.tables import Evaluation, EvaluationEpoch, Job
from store.types import db_now
from tests.support.attempts import run_attempt
from tests.support.evaluations import GENOTYPE
from tests.support.jobs import job_of

SMALL = EvaluationConfig(
    epochs=2,
    batch_size=16,
    init_channels=2,
    layers=3,
    cutout=False,
    auxiliary_weight=0.0,
    valid_portion=0.25,
)
CELLS = to_dict(GENOTYPE)


def make_evaluation_spec(**changes: Any) -> dict[str, Any]:
    """Return the complete spec of an evaluation on real digits, which takes a second."""
    around: dict[str, Any] = {
        "dataset": "digits",
        "preset": "quick",
        "name": None,
        "metadata": {},
        "image_size": None,
        "max_images": 40,
        "device": "cpu",
        "device_count": 1,
        "priority": 0,
        "genotype": None,
        "search": None,
        "max_skip_connects": None,
        "genotype_document": CELLS,
    }
    return SMALL.to_dict() | around | changes


def make_evaluation(
    session: Session, *, owner: str = "local", origin: Mapping[str, Any] | None = None, **spec: Any
) -> str:
    """Insert a queued evaluation and return its id.

    `origin` has columns of its row: where its genotype comes from.
    """
    spec = make_evaluation_spec(**spec)
    job = Job(
        id=new_id(IdKind.EVALUATION),
        kind=EVALUATION.name,
        owner=owner,
        name=spec["name"],
        dataset=spec["dataset"],
        device=spec["device"],
        device_count=spec["device_count"],
        spec=spec,
        spec_sha256="0" * 64,
    )
    session.add(Evaluation(**{"id": job.id, "job": job, "genotype": CELLS, **(origin or {})}))
    enqueue(session, job, NewEvent(type="submitted", message="submitted"))
    session.flush()
    return job.id


def queue_evaluation(database: Database, *, max_attempts: int = 3, **changes: Any) -> str:
    """Queue an evaluation whose ring is due, so that the next recovery rings for it."""
    with database.write() as session:
        evaluation_id = make_evaluation(session, **changes)
        values = {"dispatch_after": db_now(), "max_attempts": max_attempts}
        session.execute(update(Job).where(Job.id == evaluation_id).values(values))
    return evaluation_id


def evaluate(database: Database, home: Path, **changes: Any) -> str:
    """Run an evaluation from start to end, and return its id; no other job may wait."""
    evaluation_id = queue_evaluation(database, **changes)
    run_attempt(database, home)
    job = job_of(database, evaluation_id)
    assert job.state is JobState.SUCCEEDED, job.error_message
    return evaluation_id


def evaluation_of(database: Database, evaluation_id: str) -> Evaluation:
    """Return an evaluation's row, with its details."""
    with database.read() as session:
        whole = select(Evaluation).options(undefer(Evaluation.details))
        return session.scalars(whole.where(Evaluation.id == evaluation_id)).one()


def epochs_of(database: Database, evaluation_id: str) -> list[EvaluationEpoch]:
    """Return the rows of an evaluation's epochs."""
    with database.read() as session:
        rows = select(EvaluationEpoch).filter_by(evaluation_id=evaluation_id)
        return list(session.scalars(rows.order_by(EvaluationEpoch.epoch)))


def models_of(evaluation: Evaluation) -> dict[tuple[str, str], ModelFile]:
    """Return the files of the network, by which weights and which format they hold."""
    files = [ModelFile.from_row(row) for row in evaluation.models or []]
    return {(file.which, file.format): file for file in files}


@dataclass(frozen=True)
class EvaluationRecord:
    """What a finished evaluation left, without what depends on when and how fast it ran."""

    result: Mapping[str, Any]
    details: Mapping[str, Any] | None
    epochs: Sequence[dict[str, Any]]
    digests: Sequence[str]
    """The sha256 of each file of the network, in the order of the formats."""


_VARYING = {"evaluation_id", "seconds", "images_per_second", "memory_bytes", "finished_at"}


def evaluation_record_of(database: Database, evaluation_id: str) -> EvaluationRecord:
    """Return what is equal for evaluations that went the same way, to the bit."""
    evaluation = evaluation_of(database, evaluation_id)
    epochs = epochs_of(database, evaluation_id)
    names = [c.key for c in EvaluationEpoch.__table__.columns if c.key not in _VARYING]
    return EvaluationRecord(
        result={k: v for k, v in (evaluation.result or {}).items() if k not in _VARYING},
        details=evaluation.details,
        epochs=[{name: getattr(row, name) for name in names} for row in epochs],
        digests=[file.sha256 for _, file in sorted(models_of(evaluation).items())],
    )
