"""Which search a worker takes."""

from typing import Any

import pytest
from sqlalchemy import update

from store.database import Database
from store.tables import Job
from store.types import db_now
from tests.api.work import make_worker
from tests.support.attempts import WORKER_ID
from tests.support.jobs import queue_search
from worker.claims import ClaimedJob, claim_next
from worker.kinds.registry import WORKER_KINDS

pytestmark = pytest.mark.both_databases

SHA256 = "0" * 64
GIB = 2**30


def claim(database: Database, *, has_cuda: bool, devices: int = 1) -> ClaimedJob | None:
    with database.write() as session:
        return claim_next(
            session,
            worker_id=WORKER_ID,
            lease_seconds=90,
            has_cuda=has_cuda,
            kinds=WORKER_KINDS.keys(),
            devices=devices,
        )


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


@pytest.mark.parametrize(("offered", "is_taken"), [(1, False), (2, True), (4, True)])
def test_a_worker_leaves_what_asks_for_more_devices_than_it_offers(
    database: Database, offered: int, is_taken: bool
) -> None:
    queue_search(database, device_count=2)
    assert (claim(database, has_cuda=False, devices=offered) is not None) == is_taken


def register(database: Database, worker_id: str, **columns: Any) -> None:
    with database.write() as session:
        make_worker(session, id=worker_id, **columns)


def queue_needing(database: Database, gib: float, least: float, **columns: Any) -> str:
    needs = {"memory_bytes": int(gib * GIB), "least_memory_bytes": int(least * GIB)}
    search_id = queue_search(database)
    with database.write() as session:
        session.execute(update(Job).where(Job.id == search_id).values(**needs | columns))
    return search_id


class TestMemory:
    """What does not fit this worker is left to one that it fits."""

    @pytest.fixture(autouse=True)
    def workers(self, database: Database) -> None:
        register(database, WORKER_ID, memory_bytes=8 * GIB)

    @pytest.mark.parametrize(
        ("other", "is_taken"),
        [
            ({"memory_bytes": 24 * GIB}, False),
            ({"memory_bytes": 24 * GIB, "device": "cpu"}, False),
            ({"memory_bytes": 10 * GIB}, True),
            ({"memory_bytes": 24 * GIB, "draining": True}, True),
            ({"memory_bytes": 24 * GIB, "last_beat_at": db_now(-1000)}, True),
        ],
        ids=["larger", "a larger CPU", "also too small", "draining", "gone"],
    )
    def test_it_is_left_to_whom_it_fits(
        self, database: Database, other: dict[str, Any], is_taken: bool
    ) -> None:
        register(database, "wrk_other", **other)
        queue_needing(database, 12, least=2, device="auto")
        assert (claim(database, has_cuda=True) is not None) == is_taken

    def test_what_fits_is_taken_before_what_does_not(self, database: Database) -> None:
        register(database, "wrk_other", memory_bytes=24 * GIB)
        queue_needing(database, 12, least=2, device="auto")
        fitting = queue_needing(database, 4, least=1, device="auto")
        taken = claim(database, has_cuda=True)
        assert taken is not None
        assert taken.lease.job_id == fitting

    def test_only_devices_that_it_asks_for_count(self, database: Database) -> None:
        register(database, "wrk_other", memory_bytes=24 * GIB, device="cpu")
        queue_needing(database, 12, least=2, device="cuda")
        assert claim(database, has_cuda=True) is not None

    @pytest.mark.parametrize(("least", "is_taken"), [(2, True), (9, False), (11, True)])
    def test_what_fits_nobody_whole_goes_to_whom_its_parts_fit(
        self, database: Database, least: int, is_taken: bool
    ) -> None:
        register(database, "wrk_other", memory_bytes=10 * GIB)
        queue_needing(database, 12, least=least, device="auto")
        assert (claim(database, has_cuda=True) is not None) == is_taken

    @pytest.mark.parametrize(("offered", "is_taken"), [(1, True), (2, False), (4, False)])
    @pytest.mark.parametrize("least", [2, 30], ids=["whole", "in parts"])
    def test_only_whoever_offers_enough_devices_counts(
        self, database: Database, offered: int, least: int, is_taken: bool
    ) -> None:
        register(database, "wrk_larger", memory_bytes=80 * GIB, device_count=1)
        register(database, "wrk_other", memory_bytes=40 * GIB, device_count=offered)
        queue_needing(
            database, 60 if least == 30 else 30, least=least, device="cuda", device_count=2
        )
        assert (claim(database, has_cuda=True, devices=2) is not None) == is_taken

    def test_what_is_not_known_to_be_too_large_is_taken(self, database: Database) -> None:
        register(database, "wrk_other", memory_bytes=24 * GIB)
        queue_search(database)
        assert claim(database, has_cuda=True) is not None


def test_a_worker_that_is_to_drain_takes_nothing(database: Database) -> None:
    register(database, WORKER_ID, draining=True)
    queue_search(database)
    assert claim(database, has_cuda=True) is None


def test_a_claim_tells_where_to_go_on(database: Database) -> None:
    search_id = queue_search(database)
    point_to_checkpoint(database, search_id, "cpu")
    taken = claim(database, has_cuda=False)
    assert taken is not None
    assert taken.checkpoint is not None
    assert (taken.checkpoint.step, taken.checkpoint.sha256) == (7, SHA256)
    assert taken.spec["dataset"] == "digits"
