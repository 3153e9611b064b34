"""Workers, what is free, and searches that none of them can hold."""

from typing import Any

import httpx
import pytest

from store.database import Database
from store.settings import Settings
from store.types import db_now
from tests.api.calls import pointers, problem, submit
from tests.api.work import make_worker, start

LARGE = {"dataset": "cifar10", "batch_size": 1024, "halve_batches": False}
GIB = 2**30


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


def test_capacity_counts_who_is_alive_and_who_waits(
    client: httpx.Client, database: Database
) -> None:
    running, _ = submit(client), submit(client)
    start(database, running)
    register(database, job_id=running)
    register(database)
    register(database, draining=True)
    register(database, last_beat_at=db_now(-1000))
    assert client.get("/capacity").json() == {"workers": 3, "busy": 1, "idle": 1, "queued": 1}


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
        assert detail.endswith("more than the 8.0 GiB that the largest worker has")

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
