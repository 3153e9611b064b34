"""Stages, epochs and checkpoints."""

import csv
import io
from typing import Any

import httpx
import pytest

from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import EDGES
from store.artifact_stores import open_artifacts
from store.database import Database
from store.lease import CheckpointPointer, record_checkpoint
from store.settings import Settings
from tests.api.calls import problem, submit
from tests.api.work import make_epoch, make_stage, start

pytestmark = pytest.mark.both_databases

EPOCH_FIELDS = [
    "stage",
    "epoch",
    "phase",
    "learning_rate",
    "dropout_rate",
    "train_loss",
    "train_accuracy",
    "train_top5",
    "valid_loss",
    "valid_accuracy",
    "valid_top5",
    "seconds",
    "images_per_second",
    "memory_bytes",
]
KEPT = [["skip_connect", "sep_conv_3x3"] for _ in EDGES]
PRUNED: dict[str, Any] = {
    "alphas": [[0.5] * 8 for _ in EDGES],
    "kept_before": [list(PRIMITIVES) for _ in EDGES],
    "kept_after": KEPT,
    "dropped": [
        {
            "edge": 0,
            "source": 0,
            "node": 2,
            "operation": "none",
            "probability": 0.01,
            "margin": 0.02,
            "decided": True,
        }
    ],
}


@pytest.fixture
def search_id(client: httpx.Client, database: Database) -> str:
    """A search in the second epoch of its second stage."""
    search_id = submit(client)
    with database.write() as session:
        session.add_all(
            [
                make_stage(search_id, 1, normal=PRUNED, reduce=PRUNED),
                make_stage(search_id, 2, kept_normal=KEPT, kept_reduce=KEPT),
                make_epoch(search_id, 1, 1, valid_loss=1.5, valid_accuracy=0.5, valid_top5=0.75),
                make_epoch(search_id, 2, 1),
                make_epoch(search_id, 2, 2, memory_bytes=None),
            ]
        )
    return search_id


class TestStages:
    def test_those_that_have_begun_are_listed(self, client: httpx.Client, search_id: str) -> None:
        stages = client.get(f"/searches/{search_id}/stages").json()["data"]
        assert [stage["stage"] for stage in stages] == [1, 2]

    def test_a_pruned_stage_tells_what_it_dropped(
        self, client: httpx.Client, search_id: str
    ) -> None:
        stage = client.get(f"/searches/{search_id}/stages/1").json()
        assert (stage["layers"], stage["parameters"]) == (3, 12_345)
        assert stage["normal"] == stage["reduce"] == PRUNED

    def test_a_running_stage_tells_its_newest_alphas(
        self, client: httpx.Client, search_id: str
    ) -> None:
        cell = client.get(f"/searches/{search_id}/stages/2").json()["normal"]
        assert cell == {
            "alphas": [[2.0] * 8 for _ in EDGES],
            "kept_before": KEPT,
            "kept_after": None,
            "dropped": [],
        }

    @pytest.mark.parametrize("stage", ["3", "0", "4", "-1", "one", "1.5", "9" * 30])
    def test_others_are_not_found(self, client: httpx.Client, search_id: str, stage: str) -> None:
        answer = client.get(f"/searches/{search_id}/stages/{stage}")
        assert problem(answer) == (404, "not_found")


class TestEpochs:
    def test_a_row_an_epoch(self, client: httpx.Client, search_id: str) -> None:
        epochs = client.get(f"/searches/{search_id}/epochs").json()["data"]
        assert [(row["stage"], row["epoch"]) for row in epochs] == [(1, 1), (2, 1), (2, 2)]
        assert all(list(row) == EPOCH_FIELDS for row in epochs)
        assert [row["valid_accuracy"] for row in epochs] == [0.5, None, None]

    def test_the_stage_filters(self, client: httpx.Client, search_id: str) -> None:
        epochs = client.get(f"/searches/{search_id}/epochs?stage=2").json()["data"]
        assert [row["epoch"] for row in epochs] == [1, 2]

    def test_epochs_come_in_pages_if_asked_to(self, client: httpx.Client, search_id: str) -> None:
        url = f"/searches/{search_id}/epochs"
        whole = client.get(url).json()
        first = client.get(url, params={"limit": 2})
        rest = client.get(first.links["next"]["url"])
        assert whole["next_cursor"] is None
        assert len(first.json()["data"]) == 2
        assert first.json()["data"] + rest.json()["data"] == whole["data"]
        assert rest.json()["next_cursor"] is None
        after = {"stage": 2, "after": first.json()["next_cursor"]}
        assert client.get(url, params=after).json()["data"] == rest.json()["data"]

    @pytest.mark.parametrize("cursor", ["", "2", "x.1", "1.2.3", "-1.2"])
    def test_what_is_no_cursor_of_epochs_is_refused(
        self, client: httpx.Client, search_id: str, cursor: str
    ) -> None:
        answer = client.get(f"/searches/{search_id}/epochs", params={"after": cursor})
        assert problem(answer) == (422, "invalid_request")

    def test_a_table_where_csv_is_asked_for(self, client: httpx.Client, search_id: str) -> None:
        answer = client.get(f"/searches/{search_id}/epochs", headers={"Accept": "text/csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        header, *rows = csv.reader(io.StringIO(answer.text))
        assert header == EPOCH_FIELDS
        assert [row[:3] for row in rows] == [
            ["1", "1", "weights"],
            ["2", "1", "weights"],
            ["2", "2", "weights"],
        ]
        assert rows[2][-1] == rows[2][header.index("valid_loss")] == ""

    def test_other_representations_there_are_none(
        self, client: httpx.Client, search_id: str
    ) -> None:
        answer = client.get(f"/searches/{search_id}/epochs", headers={"Accept": "image/png"})
        assert problem(answer) == (406, "not_acceptable")


class TestCheckpoints:
    def test_none_before_the_first(self, client: httpx.Client) -> None:
        assert client.get(f"/searches/{submit(client)}/checkpoints").json()["data"] == []

    def test_those_that_are_kept_are_told_the_newest_first(
        self, client: httpx.Client, database: Database, settings: Settings
    ) -> None:
        search_id = submit(client)
        lease = start(database, search_id)
        folder = f"{search_id}/checkpoints"
        artifacts = open_artifacts(settings.artifacts_url)
        digest = "a" * 64
        keys = [
            f"{folder}/0000000001-00000001-cpu-{digest}.ckpt",
            f"{folder}/0000000001-00000002-2.1.42-cuda-{digest}.ckpt",
            f"{folder}/0000000001-00000003-2.2.49-cuda-{digest}.ckpt",
            f"{folder}/.tmp-torn",
        ]
        for key in keys:
            artifacts.put(key, b"state")
        pointer = CheckpointPointer(key=keys[1], step=42, sha256=digest)
        with database.write() as session:
            record_checkpoint(session, lease, pointer)
        newest, before = client.get(f"/searches/{search_id}/checkpoints").json()["data"]
        assert newest.pop("written_at") >= before.pop("written_at")
        told = {"sha256": digest, "bytes": 5}
        place = {"stage": 2, "epoch": 1, "step": 42}
        assert newest == {"key": keys[1], "device": "cuda"} | place | told
        nowhere = dict.fromkeys(place)
        assert before == {"key": keys[0], "device": "cpu"} | nowhere | told

    def test_a_store_that_does_not_answer_is_told(
        self, client: httpx.Client, database: Database, settings: Settings
    ) -> None:
        search_id = submit(client)
        lease = start(database, search_id)
        pointer = CheckpointPointer(key=f"{search_id}/checkpoints/1", step=1, sha256="a" * 64)
        with database.write() as session:
            record_checkpoint(session, lease, pointer)
        (settings.home / "artifacts" / search_id).mkdir(parents=True)
        loop = settings.home / "artifacts" / search_id / "checkpoints"
        loop.symlink_to(loop)
        answer = client.get(f"/searches/{search_id}/checkpoints")
        assert problem(answer) == (503, "artifacts_unavailable")
