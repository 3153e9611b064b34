"""Which search a worker takes."""

from typing import Any

import pytest
from sqlalchemy import update

from store.database import Database
from store.tables import Job
from tests.support.attempts import WORKER_ID
from tests.support.jobs import queue_search
from worker.claims import ClaimedSearch, claim_next

SHA256 = "0" * 64


def claim(database: Database, *, has_cuda: bool) -> ClaimedSearch | None:
    with database.write() as session:
        return claim_next(session, worker_id=WORKER_ID, lease_seconds=90, has_cuda=has_cuda)


def point_to_checkpoint(database: Database, search_id: str, device: str) -> None:
    key = f"{search_id}/checkpoints/0000000001-00000001-{device}-{SHA256}.ckpt"
    pointer: dict[str, Any] = {
        "checkpoint_key": key,
        "checkpoint_step": 7,
        "checkpoint_sha256": SHA256,
    }
    with database.write() as session:
        session.execute(update(Job).where(Job.id == search_id).values(**pointer))


def test_nothing_waits(database: Database) -> None:
    assert claim(database, has_cuda=True) is None


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_a_worker_without_cuda_leaves_what_asks_for_it(database: Database, device: str) -> None:
    queue_search(database, device="cuda")
    runnable = queue_search(database, device=device)
    taken = claim(database, has_cuda=False)
    assert taken is not None
    assert taken.lease.job_id == runnable
    assert claim(database, has_cuda=False) is None


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda"])
def test_a_worker_with_cuda_takes_any(database: Database, device: str) -> None:
    queue_search(database, device=device)
    assert claim(database, has_cuda=True) is not None


@pytest.mark.parametrize(("device", "is_taken"), [("cuda", False), ("cpu", True), ("any", True)])
def test_a_search_that_began_on_cuda_goes_on_there(
    database: Database, device: str, is_taken: bool
) -> None:
    search_id = queue_search(database, device="auto")
    point_to_checkpoint(database, search_id, device)
    assert (claim(database, has_cuda=False) is not None) == is_taken


def test_a_claim_tells_where_to_go_on(database: Database) -> None:
    search_id = queue_search(database)
    point_to_checkpoint(database, search_id, "cpu")
    taken = claim(database, has_cuda=False)
    assert taken is not None
    assert taken.checkpoint is not None
    assert (taken.checkpoint.step, taken.checkpoint.sha256) == (7, SHA256)
    assert taken.spec["dataset"] == "digits"
