"""Files that cannot be used are left out of a job that asks for it, and counted."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from store.database import Database
from store.settings import Settings
from tests.api.calls import QUICK, pointers
from tests.support.attempts import run_attempt
from tests.support.images import make_image_folder

STAGE = {"layers": 3, "num_to_keep": 1, "epochs": 1, "warmup_epochs": 0}
USES = QUICK | {"dataset": "zoo", "init_channels": 1, "batch_size": 2, "stages": [STAGE]}
SKIPS = USES | {"skip_invalid": True}


@pytest.fixture
def train(settings: Settings) -> Iterator[Path]:
    """The training images of a shared folder `zoo`, of which two are torn."""
    train = make_image_folder(settings.data_dir, "zoo", classes={"cat": 4, "dog": 4})
    for number in (0, 3):
        (train / "cat" / f"{number:03}.png").write_bytes(b"torn")
    yield train
    shutil.rmtree(settings.data_dir)


def check(client: httpx.Client, database: Database, settings: Settings) -> dict[str, Any]:
    assert client.post("/datasets/zoo/check").status_code == 202
    run_attempt(database, settings.home)
    return dict(client.get("/datasets/zoo").json())


@pytest.mark.usefixtures("train")
def test_a_set_with_torn_files_is_used_knowingly(
    client: httpx.Client, database: Database, settings: Settings
) -> None:
    findings = check(client, database, settings)["findings"]
    (torn,) = [finding for finding in findings if finding["level"] == "error"]
    assert (torn["code"], torn["can_be_skipped"]) == ("undecodable", True)
    refused = client.post("/searches", json=USES)
    assert pointers(refused) == ["/dataset"]
    assert refused.json()["detail"].endswith("skip_invalid leaves such files out")
    search = client.post("/searches", json=SKIPS).json()
    assert [one["message"] for one in search["warnings"] if one["code"] == "dataset_skipped"] == [
        f"{torn['message']}; left out"
    ]
    assert search["images_skipped"] is None
    run_attempt(database, settings.home)
    done = client.get(f"/searches/{search['id']}").json()
    assert (done["status"], done["images_skipped"]) == ("succeeded", 2)
    events = client.get(f"/searches/{search['id']}/events").json()["data"]
    (ready,) = [event for event in events if event["type"] == "dataset_ready"]
    assert (ready["data"]["images"], ready["data"]["skipped"]) == (6, 2)
    assert ready["message"].endswith("; 2 files left out")
    genotype = client.get(f"/searches/{search['id']}/genotype").json()
    assert genotype["provenance"]["images_skipped"] == 2
    digest = client.get("/datasets/zoo").json()["digest"]
    assert genotype["provenance"]["dataset_digest"] == digest


def test_a_set_of_which_too_little_is_left_is_refused(
    client: httpx.Client, database: Database, settings: Settings, train: Path
) -> None:
    for path in (train / "cat").iterdir():
        path.write_bytes(b"torn")
    check(client, database, settings)
    refused = client.post("/searches", json=SKIPS)
    assert pointers(refused) == ["/dataset"]
    assert "1 class: no usable training image" in refused.json()["detail"]


def test_what_is_not_about_single_files_is_refused_nevertheless(
    client: httpx.Client, database: Database, settings: Settings, train: Path
) -> None:
    (train / "dog" / "lost.png").symlink_to("nowhere.png")
    check(client, database, settings)
    refused = client.post("/searches", json=SKIPS)
    assert "1 link: to nowhere" in refused.json()["detail"]
    assert "skip_invalid" not in refused.json()["detail"]


def test_nothing_else_counts_as_left_out_while_a_set_is_checked_again(
    client: httpx.Client, database: Database, settings: Settings, train: Path
) -> None:
    (train / "dog" / "lost.png").symlink_to("nowhere.png")
    check(client, database, settings)
    client.post("/datasets/zoo/check")
    warnings = client.post("/searches?dry_run=true", json=SKIPS).json()["warnings"]
    left_out = [one["message"] for one in warnings if one["code"] == "dataset_skipped"]
    assert len(left_out) == 1
    assert left_out[0].startswith("2 files")


def test_a_job_that_does_not_ask_for_it_counts_nothing(
    client: httpx.Client, database: Database, settings: Settings, train: Path
) -> None:
    for path in (train / "cat").iterdir():
        Image.new("RGB", (8, 8)).save(path)
    search = client.post("/searches", json=USES).json()["id"]
    for _ in range(2):  # its check comes first
        run_attempt(database, settings.home)
    done = client.get(f"/searches/{search}").json()
    assert (done["status"], done["images_skipped"]) == ("succeeded", None)
    assert done["dataset_digest"] == client.get("/datasets/zoo").json()["digest"]
