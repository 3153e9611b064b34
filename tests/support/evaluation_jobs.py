"""Evaluations as jobs: their specs, and what the database shows of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import to_dict
from store.database import Database
from store.history import NewEvent
from store.ids import IdKind, new_id
from store.kinds import EVALUATION
from store.lifecycle import enqueue
from store.states import JobState
from store.tables import Evaluation, EvaluationEpoch, Job
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
        spec=spec,
        spec_sha256="0" * 64,
    )
    session.add(Evaluation(**{"id": job.id, "job": job, "genotype": CELLS, **(origin or {})}))
    enqueue(session, job, NewEvent(type="submitted", message="submitted"))
    session.flush()
    return job.id


def queue_evaluation(database: Database, **changes: Any) -> str:
    """Queue an evaluation in a transaction of its own."""
    with database.write() as session:
        return make_evaluation(session, **changes)


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
