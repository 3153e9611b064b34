"""What workers do to searches, for tests that play the worker's part."""

from typing import Any

from sqlalchemy.orm import Session

from pdarts_core.genotype import PRIMITIVES, Genotype, count_skip_connects, to_dict
from pdarts_core.space.cells import CONCAT, EDGES
from store.database import Database
from store.history import NewEvent
from store.ids import IdKind, new_id
from store.lease import Lease, claim, fail, succeed
from store.states import ErrorCode, GenotypeOrigin
from store.tables import Epoch, EvaluationEpoch, GenotypeRow, Stage, Worker

WORKER_ID = "wrk_test"
SEP = "sep_conv_3x3"
SKIP = "skip_connect"


def start(database: Database, search_id: str) -> Lease:
    """Claim a search as a worker does."""
    with database.write() as session:
        lease = claim(session, search_id, worker_id=WORKER_ID, lease_seconds=90)
    assert lease is not None
    return lease


def end_well(database: Database, search_id: str, *skip_connects: int) -> None:
    """End a search with genotypes that have so many skip-connects, in the order of derivation."""
    lease = start(database, search_id)
    with database.write() as session:
        for position, count in enumerate(skip_connects):
            session.add(make_genotype(search_id, position, count))
        succeed(session, lease, NewEvent(type="succeeded", message="done"))


def end_badly(database: Database, search_id: str) -> None:
    """End a search with an error."""
    lease = start(database, search_id)
    with database.write() as session:
        fail(session, lease, ErrorCode.DIVERGED, "the loss is nan", trace="Traceback:\n  boom")


def make_genotype(search_id: str, position: int, skip_connects: int) -> GenotypeRow:
    """A genotype whose normal cell has so many skip-connects."""
    normal = [(SKIP if entry < skip_connects else SEP, entry % 2) for entry in range(8)]
    reduce = [(SEP, entry % 2) for entry in range(8)]
    genotype = Genotype(normal, list(CONCAT), reduce, list(CONCAT))
    assert count_skip_connects(genotype.normal) == skip_connects
    return GenotypeRow(
        id=new_id(IdKind.GENOTYPE),
        owner="local",
        origin=GenotypeOrigin.SEARCH,
        search_id=search_id,
        position=position,
        skip_limit=None if position == 0 else skip_connects,
        skip_limit_reduce=None,
        skip_connects=skip_connects,
        recommended=skip_connects == 2,
        genotype=to_dict(genotype),
        edge_weights={"normal": [0.5] * 8, "reduce": [0.25] * 8},
        version="0.0",
    )


def make_epoch(search_id: str, stage: int, epoch: int, **values: Any) -> Epoch:
    """The row of an epoch that measured nothing on the second half."""
    alphas = [[float(epoch)] * 8 for _ in EDGES]
    measured = {"valid_loss": None, "valid_accuracy": None, "valid_top5": None}
    return Epoch(
        **{
            "search_id": search_id,
            "stage": stage,
            "epoch": epoch,
            "phase": "weights",
            "learning_rate": 0.025,
            "dropout_rate": 0.0,
            "train_loss": 2.0,
            "train_accuracy": 0.25,
            "train_top5": 0.5,
            "seconds": 1.5,
            "images_per_second": 480.0,
            "memory_bytes": 1024,
            "alphas_normal": alphas,
            "alphas_reduce": alphas,
        }
        | measured
        | values
    )


def make_evaluation_epoch(evaluation_id: str, epoch: int, **values: Any) -> EvaluationEpoch:
    """The row of an epoch that measured nothing on held-out images."""
    return EvaluationEpoch(
        **{
            "evaluation_id": evaluation_id,
            "epoch": epoch,
            "learning_rate": 0.025,
            "drop_path_prob": 0.0,
            "train_loss": 2.0,
            "train_auxiliary_loss": 0.0,
            "train_accuracy": 0.25,
            "train_top5": 0.5,
            "gradient_norm": 1.5,
            "valid_loss": None,
            "valid_accuracy": None,
            "valid_top5": None,
            "seconds": 1.5,
            "images_per_second": 480.0,
            "memory_bytes": 1024,
        }
        | values
    )


def make_stage(search_id: str, stage: int, **values: Any) -> Stage:
    """The row of a stage that has begun."""
    kept = [list(PRIMITIVES) for _ in EDGES]
    return Stage(
        **{
            "search_id": search_id,
            "stage": stage,
            "layers": 3,
            "epochs": 5,
            "init_channels": 4,
            "parameters": 12_345,
            "kept_normal": kept,
            "kept_reduce": kept,
        }
        | values
    )


def make_worker(session: Session, **values: Any) -> str:
    """Insert a worker with 8 GiB and a fresh beat, and return its id."""
    worker = Worker(
        **{
            "id": new_id(IdKind.WORKER),
            "name": "host:1",
            "host": "host",
            "pid": 1,
            "device": "cuda",
            "device_name": "a GPU",
            "memory_bytes": 8 * 2**30,
            "version": "0.0",
        }
        | values
    )
    session.add(worker)
    session.flush()
    return worker.id
