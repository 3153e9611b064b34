"""What is said against a spec: in the dry run, at submission, and for as long as the search is."""

from typing import Any

import httpx
import pytest

from store.database import Database
from store.settings import Settings
from store.tables import Event
from tests.api.calls import QUICK, submit
from tests.api.work import make_worker
from tests.support.images import make_image_folder

MANY_STEPS = QUICK | {"batch_size": 8, "arch_learning_rate": 0.1}
"""Nothing speaks against it: 89 steps in each of three epochs."""
GIB = 2**30


def planned(client: httpx.Client, **spec: Any) -> list[dict[str, Any]]:
    answer = client.post("/searches?dry_run=true", json=MANY_STEPS | spec)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["warnings"]
    return found


def codes(warnings: list[dict[str, Any]]) -> list[str]:
    return [warning["code"] for warning in warnings]


def test_a_spec_that_nothing_speaks_against_has_none(client: httpx.Client) -> None:
    assert planned(client) == []
    created = client.post("/searches", json=MANY_STEPS).json()
    assert created["warnings"] == []


def test_the_dry_run_names_the_field_as_errors_do(client: httpx.Client) -> None:
    (found,) = planned(client, arch_learning_rate=1e-30)
    assert (found["code"], found["field"]) == ("short_alpha_reach", "/arch_learning_rate")
    assert "1e-30" in found["message"]


def test_a_search_keeps_those_of_its_dry_run(client: httpx.Client) -> None:
    expected = planned(client, train_portion=0.999)
    assert "uneven_halves" in codes(expected)
    created = client.post("/searches", json=MANY_STEPS | {"train_portion": 0.999}).json()
    assert created["warnings"] == expected
    assert client.get(f"/searches/{created['id']}").json() == created
    (listed,) = client.get("/searches").json()["data"]
    assert listed["warnings"] == expected


def test_stages_without_architecture_are_told_even_if_they_are_allowed(
    client: httpx.Client,
) -> None:
    stages = [{"epochs": 2, "warmup_epochs": 2}, {}, {}]
    found = planned(client, stages=stages, train_architecture=False)
    assert codes(found) == ["untrained_stages", "architecture_is_trained"]
    assert found[0]["field"] == "/stages/0/warmup_epochs"


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ({"cat": 330, "dog": 330}, []),
        ({"cat": 200, "dog": 200}, ["signal_out_of_reach"]),
        ({"cat": 600, "dog": 150}, ["unequal_classes"]),
        ({"cat": 330, "dog": 330, "emu": 1}, ["single_image_classes", "unequal_classes"]),
    ],
    ids=["equal", "few", "unequal", "a single image"],
)
def test_the_classes_of_a_folder_are_counted(
    client: httpx.Client, settings: Settings, classes: dict[str, int], expected: list[str]
) -> None:
    name = "-".join(f"{label}{count}" for label, count in classes.items())
    for label, count in classes.items():
        folder = settings.data_dir / name / "train" / label
        folder.mkdir(parents=True)
        for number in range(count):
            (folder / f"{number}.png").touch()
    found = planned(client, dataset=name, image_size=8, batch_size=4)
    assert codes(found) == ["dataset_unchecked", *expected]


def test_few_images_are_told(client: httpx.Client, settings: Settings) -> None:
    make_image_folder(settings.data_dir, "few", classes={"cat": 3, "dog": 3})
    assert "few_images" in codes(planned(client, dataset="few"))
    fewer = planned(client, max_images=20)
    assert ("few_images", "/max_images") in {(found["code"], found["field"]) for found in fewer}


class TestMemory:
    LARGE = {"dataset": "cifar10", "preset": "paper-cifar10", "batch_size": 1024}  # noqa: RUF012

    def test_batches_that_fit_no_worker_whole_are_told(
        self, client: httpx.Client, database: Database
    ) -> None:
        with database.write() as session:
            make_worker(session, memory_bytes=8 * GIB)
        found = {item["code"]: item["message"] for item in planned(client, **self.LARGE)}
        assert "8.0 GiB that the largest worker has" in found["more_memory_than_workers"]
        assert "in parts" in found["more_memory_than_workers"]

    def test_a_worker_that_holds_them_silences_it(
        self, client: httpx.Client, database: Database
    ) -> None:
        with database.write() as session:
            make_worker(session, memory_bytes=8 * GIB)
            make_worker(session, memory_bytes=800 * GIB)
        assert "more_memory_than_workers" not in codes(planned(client, **self.LARGE))

    def test_nothing_is_told_without_workers(self, client: httpx.Client) -> None:
        assert "more_memory_than_workers" not in codes(planned(client, **self.LARGE))


def test_a_search_from_before_there_were_warnings_has_none(
    client: httpx.Client, database: Database
) -> None:
    search_id = submit(client)
    with database.write() as session:
        session.get_one(Event, (search_id, 1)).data = {}
    assert client.get(f"/searches/{search_id}").json()["warnings"] == []


@pytest.mark.parametrize(("offered", "is_told"), [(1, True), (2, False)])
def test_more_devices_than_any_worker_offers_are_told(
    client: httpx.Client, database: Database, offered: int, *, is_told: bool
) -> None:
    with database.write() as session:
        make_worker(session, memory_bytes=8 * GIB, device_count=offered)
    assert ("more_devices_than_workers" in codes(planned(client, device_count=2))) == is_told
