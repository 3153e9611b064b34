"""Workers, what is free, and searches that none of them can hold."""

import math
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.services.next_start import first_free
from store.database import Database
from store.gpu_readings import GpuReading, SlowedBy, stored
from store.ids import IdKind, new_id
from store.lease import claim
from store.lifecycle import take_due_rings
from store.settings import Settings
from store.tables import Job
from store.types import db_now
from tests.api.calls import pointers, problem, submit
from tests.api.work import make_worker, start

LARGE = {"dataset": "cifar10", "batch_size": 1024, "halve_batches": False}
GIB = 2**30
PATIENCE = 60.0
"""Seconds within which a test is over."""


def register(database: Database, **values: Any) -> str:
    with database.write() as session:
        return make_worker(session, **values)


class TestWorkers:
    def test_one_whose_beat_is_fresh_is_alive(
        self, client: httpx.Client, database: Database, settings: Settings
    ) -> None:
        fresh = register(database)
        stale = register(database, last_beat_at=db_now(-2 * settings.lease_seconds - 1))
        listed = {worker["id"]: worker for worker in client.get("/workers").json()["data"]}
        assert (listed[fresh]["alive"], listed[stale]["alive"]) == (True, False)
        assert (listed[fresh]["device"], listed[fresh]["memory_bytes"]) == ("cuda", 8 * GIB)

    def test_it_tells_which_search_it_runs(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        start(database, search_id)
        register(database, job_id=search_id)
        (worker,) = client.get("/workers").json()["data"]
        assert (worker["busy"], worker["search"]) == (True, search_id)

    def test_it_tells_what_its_gpus_do(self, client: httpx.Client, database: Database) -> None:
        gpu = GpuReading(
            uuid="5e1f3f0a", name="NVIDIA H200", utilization=0.72, slowed_by=(SlowedBy.HEAT,)
        )
        on_gpu, on_processor = register(database, gpus=stored([gpu])), register(database)
        gpus = {w["id"]: w["gpus"] for w in client.get("/workers").json()["data"]}
        assert gpus[on_processor] == []
        assert gpus[on_gpu] == [
            {
                "uuid": "5e1f3f0a",
                "name": "NVIDIA H200",
                "utilization": 0.72,
                "memory_used_bytes": None,
                "memory_total_bytes": None,
                "memory_of_others_bytes": None,
                "temperature_celsius": None,
                "slowed_by": ["heat"],
            }
        ]

    def test_it_is_read_by_its_id(self, client: httpx.Client, database: Database) -> None:
        worker_id = register(database)
        assert [client.get(f"/workers/{worker_id}").json()] == client.get("/workers").json()["data"]

    @pytest.mark.parametrize("method", ["GET", "POST drain", "POST undrain"])
    @pytest.mark.parametrize(
        "worker_id",
        [new_id(IdKind.WORKER), new_id(IdKind.SEARCH), "x"],
        ids=["unknown", "of a search", "no id"],
    )
    def test_what_there_is_not_is_not_found(
        self, client: httpx.Client, method: str, worker_id: str
    ) -> None:
        verb, _, move = method.partition(" ")
        answer = client.request(verb, f"/workers/{worker_id}" + (f"/{move}" if move else ""))
        assert problem(answer) == (404, "not_found")


class TestDrain:
    def test_a_second_click_is_no_error(self, client: httpx.Client, database: Database) -> None:
        path = f"/workers/{register(database)}"
        for move, draining in (("drain", True), ("drain", True), ("undrain", False)):
            answer = client.post(f"{path}/{move}")
            assert (answer.status_code, answer.json()["draining"]) == (202, draining)
            assert client.get(path).json() == answer.json()
        assert client.post(f"{path}/undrain").status_code == 202

    def test_a_drain_that_is_sent_again_late_does_not_undo_what_came_since(
        self, client: httpx.Client, database: Database
    ) -> None:
        path = f"/workers/{register(database)}"
        with_key = {"Idempotency-Key": "a"}
        first = client.post(f"{path}/drain", headers=with_key)
        client.post(f"{path}/undrain")
        assert client.post(f"{path}/drain", headers=with_key).content == first.content
        assert not client.get(path).json()["draining"]

    def test_the_first_that_waits_is_rung_for_when_a_worker_is_back(
        self, client: httpx.Client, database: Database
    ) -> None:
        worker_id = register(database, draining=True)
        first, _ = submit(client), submit(client)
        with database.write() as session:
            session.execute(update(Job).values(dispatch_after=db_now(1000)))
        client.post(f"/workers/{worker_id}/undrain")
        with database.write() as session:
            assert take_due_rings(session) == [first]


def test_capacity_counts_who_is_alive_and_who_waits(
    client: httpx.Client, database: Database
) -> None:
    running, _ = submit(client), submit(client)
    start(database, running)
    register(database, job_id=running)
    register(database)
    register(database, draining=True)
    register(database, last_beat_at=db_now(-1000))
    capacity = client.get("/capacity").json()
    del capacity["next_start_at"]
    assert capacity == {"workers": 3, "busy": 1, "idle": 1, "queued": 1}


class TestNextStart:
    def test_nothing_can_be_told_without_a_worker(self, client: httpx.Client) -> None:
        assert client.get("/capacity").json()["next_start_at"] is None

    def test_a_free_worker_starts_at_once(self, client: httpx.Client, database: Database) -> None:
        register(database)
        assert 0 <= seconds_ago(client.get("/capacity").json()["next_start_at"]) < PATIENCE

    def test_a_busy_worker_goes_through_the_queue_first(
        self, client: httpx.Client, database: Database
    ) -> None:
        running = submit(client, device="cpu")
        register(database, job_id=running)
        with database.write() as session:
            claim(session, running, worker_id="wrk_test", lease_seconds=90)
            job = session.get_one(Job, running)
            job.finish_expected_at = db_now(1000)
        waiting = client.get(f"/searches/{submit(client, device='cpu')}").json()
        submit(client, device="cpu", priority=-1)
        start = -seconds_ago(client.get("/capacity").json()["next_start_at"])
        assert start == pytest.approx(1000 + waiting["estimate"]["seconds"], abs=PATIENCE)

    def test_an_end_that_is_not_known_leaves_the_start_open(
        self, client: httpx.Client, database: Database
    ) -> None:
        running = submit(client)
        start(database, running)
        register(database, job_id=running)
        assert client.get("/capacity").json()["next_start_at"] is None

    @pytest.mark.parametrize(
        ("free_after", "durations", "expected"),
        [
            ([], [], math.inf),
            ([5.0, 2.0], [], 2.0),
            ([5.0, 2.0], [10.0], 5.0),
            ([5.0, 2.0], [1.0, 1.0, 4.0], 5.0),
            ([0.0], [math.inf], math.inf),
            ([0.0, 3.0], [math.inf], 3.0),
        ],
    )
    def test_whoever_is_free_first_takes_the_next(
        self, free_after: list[float], durations: list[float], expected: float
    ) -> None:
        assert first_free(free_after, durations) == expected


def seconds_ago(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


class TestTooLargeSearch:
    def test_what_the_largest_worker_could_not_hold_is_refused(
        self, client: httpx.Client, database: Database
    ) -> None:
        register(database)
        answer = client.post("/searches", json=LARGE)
        assert problem(answer) == (422, "search_too_large")
        assert pointers(answer) == ["/stages/0"]
        detail = answer.json()["detail"]
        assert detail.startswith("stage 1 needs at least ")
        assert detail.endswith(
            "more than the 8.0 GiB that the largest worker has; choose fewer channels or layers"
        )

    def test_a_larger_worker_takes_it(self, client: httpx.Client, database: Database) -> None:
        register(database)
        register(database, memory_bytes=80 * GIB)
        assert client.post("/searches", json=LARGE).status_code == 202

    def test_a_worker_that_is_gone_does_not_count(
        self, client: httpx.Client, database: Database
    ) -> None:
        register(database)
        register(database, memory_bytes=80 * GIB, last_beat_at=db_now(-1000))
        assert problem(client.post("/searches", json=LARGE))[1] == "search_too_large"

    def test_without_workers_only_the_absurd_is_refused(self, client: httpx.Client) -> None:
        assert client.post("/searches", json=LARGE).status_code == 202
        absurd = LARGE | {"batch_size": 4096, "init_channels": 256, "image_size": 512}
        absurd |= {"max_images": 100}
        answer = client.post("/searches", json=absurd)
        assert problem(answer) == (422, "search_too_large")

    def test_only_devices_that_the_spec_takes_count(
        self, client: httpx.Client, database: Database
    ) -> None:
        register(database)
        register(database, device="cpu", memory_bytes=80 * GIB)
        on_gpu = client.post("/searches", json=LARGE | {"device": "cuda"})
        assert problem(on_gpu) == (422, "search_too_large")
        assert client.post("/searches", json=LARGE | {"device": "auto"}).status_code == 202

    def test_what_may_be_computed_in_parts_fits(
        self, client: httpx.Client, database: Database
    ) -> None:
        register(database)
        answer = client.post("/searches", json=LARGE | {"halve_batches": True})
        assert answer.status_code == 202

    @pytest.mark.parametrize(
        "less", [{"batch_size": 96}, {"init_channels": 2}, {"image_size": 8}], ids=str
    )
    def test_less_of_anything_fits(
        self, client: httpx.Client, database: Database, less: dict[str, int]
    ) -> None:
        register(database)
        assert client.post("/searches", json=LARGE | less).status_code == 202

    def test_the_paper_fits_a_common_gpu(self, client: httpx.Client, database: Database) -> None:
        register(database)
        answer = client.post("/searches", json={"dataset": "cifar10"})
        assert answer.status_code == 202
