"""What a search is said to need, before it runs and afterwards."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from pdarts_core.estimates.device_costs import DEVICE_COSTS
from store.database import Database
from store.settings import Settings
from store.tables import Job
from tests.api.calls import QUICK, submit
from tests.api.work import end_well, make_stage, make_worker


def estimate_of(client: httpx.Client, **fields: object) -> dict[str, Any]:
    answer = client.post("/searches?dry_run=true", json=QUICK | fields)
    estimate: dict[str, Any] = answer.json()["estimate"]
    return estimate


def test_a_dry_run_tells_memory_and_time_of_every_stage(client: httpx.Client) -> None:
    estimate = estimate_of(client, device="cpu")
    assert [stage["stage"] for stage in estimate["stages"]] == [1, 2, 3]
    assert estimate["memory_bytes"] == max(s["memory_bytes"] for s in estimate["stages"])
    assert estimate["seconds"] == sum(stage["seconds"] for stage in estimate["stages"])
    assert estimate["measured_on"] == DEVICE_COSTS["cpu"].device


def test_a_search_keeps_the_estimate_that_its_dry_run_had(client: httpx.Client) -> None:
    expected = estimate_of(client, device="cpu")
    search = client.get(f"/searches/{submit(client, device='cpu')}").json()
    assert search["estimate"] == expected


def test_a_job_tells_workers_what_it_needs(client: httpx.Client, database: Database) -> None:
    search_id = submit(client, device="cpu")
    with database.read() as session:
        job = session.get_one(Job, search_id)
    assert job.device == "cpu"
    assert job.memory_bytes == estimate_of(client, device="cpu")["memory_bytes"]
    assert job.least_memory_bytes is not None
    assert job.memory_bytes is not None
    assert 0 < job.least_memory_bytes <= job.memory_bytes


def test_no_time_is_told_of_a_device_that_was_not_measured(client: httpx.Client) -> None:
    estimate = estimate_of(client, device="cuda")
    assert (estimate["device"], estimate["measured_on"], estimate["seconds"]) == (
        "cuda",
        None,
        None,
    )
    assert {stage["seconds"] for stage in estimate["stages"]} == {None}
    assert all(stage["memory_bytes"] > 0 for stage in estimate["stages"])


def test_the_workers_decide_what_auto_means(client: httpx.Client, database: Database) -> None:
    assert estimate_of(client)["device"] is None
    for device in ("cpu", "cuda"):
        with database.write() as session:
            make_worker(session, device=device)
        assert estimate_of(client)["device"] == device


def test_processes_that_share_a_cpu_take_as_long_as_one(client: httpx.Client) -> None:
    alone, shared = (estimate_of(client, device="cpu", device_count=count) for count in (1, 4))
    assert shared["seconds"] == alone["seconds"]
    assert shared["memory_bytes"] < alone["memory_bytes"]


def test_every_epoch_of_a_kind_takes_the_same_time(client: httpx.Client) -> None:
    def seconds(epochs: int) -> float:
        stages = [{"epochs": epochs, "warmup_epochs": 0}, {}, {}]
        first, *_ = estimate_of(client, device="cpu", stages=stages)["stages"]
        return float(first["seconds"])

    an_epoch = seconds(11) - seconds(10)
    assert an_epoch > 0
    assert seconds(20) - seconds(10) == pytest.approx(10 * an_epoch)


def test_images_of_unknown_size_make_no_estimate(client: httpx.Client, settings: Settings) -> None:
    folder = settings.data_dir / "unreadable" / "train"
    for label in ("cat", "dog"):
        write_broken_image(folder / label)
    assert estimate_of(client, dataset="unreadable") is None
    assert (
        client.get(f"/searches/{submit(client, dataset='unreadable')}").json()["estimate"] is None
    )
    assert estimate_of(client, dataset="unreadable", image_size=16) is not None


def test_a_search_tells_in_how_many_parts_its_batches_were_computed(
    client: httpx.Client, database: Database
) -> None:
    search_id = submit(client)
    assert client.get(f"/searches/{search_id}").json()["accumulation"] is None
    with database.write() as session:
        session.add(make_stage(search_id, 1))
        session.add(make_stage(search_id, 2, accumulation=4))
    assert client.get(f"/searches/{search_id}").json()["accumulation"] == 4
    assert client.get(f"/searches/{search_id}/stages/2").json()["accumulation"] == 4


@pytest.mark.parametrize(("device", "told"), [("cpu", ["takes_long"]), ("cuda", [])])
def test_a_search_that_takes_days_on_a_cpu_is_told(
    client: httpx.Client, device: str, told: list[str]
) -> None:
    spec = {"dataset": "cifar10", "preset": "paper-cifar10", "device": device}
    answer = client.post("/searches?dry_run=true", json=spec).json()
    assert [warning["code"] for warning in answer["warnings"]] == told


class TestExperience:
    """Finished searches of this installation correct the times."""

    def test_a_few_searches_correct_the_time(
        self, client: httpx.Client, database: Database
    ) -> None:
        before = estimate_of(client, device="cpu")
        assert (before["learned_from"], before["seconds_low"]) == (0, None)
        for factor in (2, 3, 7):
            finish(client, database, factor, device="cpu")
        after = estimate_of(client, device="cpu")
        counted = before["seconds"]
        assert after["counted_seconds"] == counted
        assert after["seconds"] == pytest.approx(3 * counted)
        assert (after["seconds_low"], after["seconds_high"]) == (
            pytest.approx(2 * counted),
            pytest.approx(7 * counted),
        )
        assert after["learned_from"] == 3
        assert after["median_error"] == pytest.approx(2 / 3)  # told a third of what it took
        assert after["seconds"] == pytest.approx(sum(stage["seconds"] for stage in after["stages"]))

    def test_what_was_corrected_is_compared_with_what_was_counted(
        self, client: httpx.Client, database: Database
    ) -> None:
        for _ in range(6):
            finish(client, database, 4, device="cpu")
        estimate = estimate_of(client, device="cpu")
        assert estimate["seconds"] == pytest.approx(4 * estimate["counted_seconds"])
        assert estimate["median_error"] == pytest.approx(3 / 8)  # half were told 1/4, half all

    def test_a_device_that_was_never_measured_learns_too(
        self, client: httpx.Client, database: Database
    ) -> None:
        for _ in range(3):
            finish(client, database, 2, device="cuda")
        estimate = estimate_of(client, device="cuda")
        assert estimate["seconds"] == pytest.approx(2 * estimate["counted_seconds"])
        assert (estimate["measured_on"], estimate["median_error"]) == (None, None)

    def test_nothing_is_learned_from_another_device_a_pause_or_too_few(
        self, client: httpx.Client, database: Database
    ) -> None:
        for _ in range(3):
            finish(client, database, 2, device="cuda")
            finish(client, database, 5, device="cpu", attempt=2)
        for _ in range(2):
            finish(client, database, 5, device="cpu")
        assert estimate_of(client, device="cpu")["learned_from"] == 0

    def test_each_number_of_devices_is_learned_apart(
        self, client: httpx.Client, database: Database
    ) -> None:
        for _ in range(3):
            finish(client, database, 2, device="cuda", device_count=2)
        assert estimate_of(client, device="cuda")["learned_from"] == 0
        assert estimate_of(client, device="cuda", device_count=2)["learned_from"] == 3

    def test_a_search_of_seconds_teaches_nothing(
        self, client: httpx.Client, database: Database
    ) -> None:
        for _ in range(3):
            finish(client, database, 9 * 1e-3, device="cpu")
        assert estimate_of(client, device="cpu")["learned_from"] == 0

    def test_an_estimate_from_before_is_read(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client, device="cpu")
        with database.write() as session:
            job = session.get_one(Job, search_id)
            assert job.estimate is not None
            old = {"device", "measured_on", "memory_bytes", "seconds", "stages"}
            job.estimate = {name: job.estimate[name] for name in old}
        estimate = client.get(f"/searches/{search_id}").json()["estimate"]
        assert (estimate["learned_from"], estimate["counted_seconds"]) == (0, None)


def finish(
    client: httpx.Client, database: Database, factor: float, *, attempt: int = 1, **spec: Any
) -> None:
    """End a search that took so many times what had been counted."""
    search_id = submit(client, **spec)
    end_well(database, search_id, 2)
    with database.write() as session:
        job = session.get_one(Job, search_id)
        assert job.estimate is not None
        assert job.started_at is not None
        job.attempt = attempt
        seconds = factor * job.estimate["counted_seconds"]
        job.finished_at = job.started_at + timedelta(seconds=seconds)


def write_broken_image(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(2):
        path = folder / f"{number}.png"
        Image.new("RGB", (8, 8)).save(path)
        path.write_bytes(path.read_bytes()[:10])
