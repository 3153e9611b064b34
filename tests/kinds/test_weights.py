"""Trained weights through HTTP: taken home, sent again, tested, and trained on from there."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from pdarts_core.export import save_weights
from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactStore
from store.database import Database
from store.settings import Settings
from tests.api.calls import pointers, problem
from tests.support.attempts import run_attempt
from tests.support.databases import sqlite_database
from tests.support.evaluation_jobs import CELLS, SMALL
from tests.support.http_service import serve
from tests.support.servers import RedisServer, wait_until
from tests.support.weights_files import Payload, make_weights, written

SPEC: dict[str, Any] = {
    "dataset": "digits",
    "preset": "quick",
    "max_images": 40,
    "device": "cpu",
    "genotype_document": CELLS,
    **SMALL.to_dict(),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service, and a worker's way to the same rows and files."""

    client: httpx.Client
    database: Database
    home: Path
    artifacts: ArtifactStore

    def submit(self, **changes: Any) -> str:
        answer = self.client.post("/evaluations", json=SPEC | changes)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def evaluate(self, **changes: Any) -> dict[str, Any]:
        evaluation_id = self.submit(**changes)
        run_attempt(self.database, self.home)
        body: dict[str, Any] = self.client.get(f"/evaluations/{evaluation_id}").json()
        return body

    def send(self, content: bytes) -> str:
        answer = self.client.post("/weights", content=content)
        assert answer.status_code in {200, 201}, answer.text
        return str(answer.json()["id"])

    def model_of(self, evaluation_id: str) -> bytes:
        answer = self.client.get(f"/evaluations/{evaluation_id}/model", params={"format": "torch"})
        assert answer.status_code == 200, answer.text
        return answer.content


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_server: RedisServer
) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("home")
    with sqlite_database(sqlite_template, home) as url:
        settings = Settings(home=home, database_url=url, redis_url=redis_server.url)
        database = Database(url)
        with serve(settings) as client:
            # Each new file is looked into by a process that loads torch.
            client.timeout = httpx.Timeout(120)
            artifacts = open_artifacts(settings.artifacts_url)
            yield Place(client=client, database=database, home=home, artifacts=artifacts)
        database.close()


@pytest.fixture(scope="module")
def trained(place: Place) -> dict[str, Any]:
    return place.evaluate()


@pytest.fixture(scope="module")
def model(place: Place, trained: dict[str, Any]) -> bytes:
    """The weights that an evaluation ended with, taken home."""
    return place.model_of(trained["id"])


@pytest.fixture(scope="module")
def published(model: bytes) -> bytes:
    """The same, as a parallel training with the published code keeps it, in mid-way."""
    weights = torch.load(io.BytesIO(model), weights_only=True)
    content = save_weights(weights, form="torch", layout="published")
    named = torch.load(io.BytesIO(content), weights_only=True)
    apart = [torch.nn.Parameter(t.clone()) for t in named.values() if t.is_floating_point()]
    optimizer = torch.optim.SGD(apart, 0.1, momentum=0.9)
    for parameter in apart:
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    parallel = {f"module.{name}": tensor for name, tensor in named.items()}
    return written({"epoch": 600, "state_dict": parallel, "optimizer": optimizer.state_dict()})


@pytest.mark.slow
def test_a_model_that_was_taken_home_is_as_good_when_it_is_sent_again(
    place: Place, trained: dict[str, Any], model: bytes
) -> None:
    tested = place.evaluate(weights=place.send(model), epochs=0)

    assert (tested["status"], tested["error"]) == ("succeeded", None)
    for figure in ("accuracy", "top5", "loss", "balanced_accuracy"):
        assert tested["result"][figure] == trained["result"][figure]
    results = [
        place.client.get(f"/evaluations/{one['id']}/result").json() for one in (tested, trained)
    ]
    assert results[0]["confusion"] == results[1]["confusion"]
    assert tested["result"]["images_per_second"] is None
    before, after = (
        torch.load(io.BytesIO(content), weights_only=True)
        for content in (model, place.model_of(tested["id"]))
    )
    own = {name for name in before.keys() | after.keys() if not name.endswith("batches_tracked")}
    assert all(torch.equal(before[name], after[name]) for name in own)


def test_published_names_and_wrappers_make_no_difference(
    place: Place, trained: dict[str, Any], published: bytes
) -> None:
    sent = place.send(published)

    assert place.client.get(f"/weights/{sent}").json()["layout"] == "published"
    tested = place.evaluate(weights=sent, epochs=0)
    assert tested["result"]["accuracy"] == trained["result"]["accuracy"]


def test_a_request_with_a_key_is_carried_out_once(
    place: Place, model: bytes, published: bytes
) -> None:
    keyed = {"Idempotency-Key": "my-model"}
    first = place.client.post("/weights", content=model, headers=keyed)
    again = place.client.post("/v1/weights", content=model, headers=keyed)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = place.client.post("/weights", content=published, headers=keyed)
    assert problem(other) == (422, "idempotency_key_reused")
    same = place.client.post("/weights", content=model)
    assert (same.status_code, same.json()["id"]) == (200, first.json()["id"])
    assert same.headers["location"] == same.json()["urls"]["self"]


def test_training_goes_on_from_them(place: Place, trained: dict[str, Any], model: bytes) -> None:
    further = place.evaluate(weights=place.send(model), epochs=1)
    afresh = place.evaluate(epochs=1)

    losses = [
        place.client.get(f"/evaluations/{one['id']}/epochs").json()["data"][0]["train_loss"]
        for one in (further, afresh)
    ]
    assert losses[0] < losses[1]


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_weights_that_are_damaged_are_told(place: Place, model: bytes, damage: str) -> None:
    sent = place.send(model)
    (key,) = place.artifacts.keys(sent)
    if damage == "missing":
        place.artifacts.delete(key)
    else:
        place.artifacts.put(key, b"torn")

    failed = place.evaluate(weights=sent, epochs=0)

    assert failed["error"]["code"] == "weights_unavailable"
    assert sent in failed["error"]["message"]
    place.artifacts.put(key, model)


class TestWhatDoesNotFit:
    @pytest.mark.parametrize(
        ("change", "where", "detail"),
        [
            ({"layers": 4}, ["/layers"], "with layers 3, but here it is 4"),
            ({"init_channels": 4}, ["/init_channels"], "with init_channels 2, but here it is 4"),
            ({"stem": "imagenet"}, ["/stem"], "with stem cifar"),
            (
                {"dataset": "cifar100", "max_images": None},
                ["/dataset"],
                "tell 10 classes apart",
            ),
            ({"layers": 4, "init_channels": 4}, ["/layers", "/init_channels"], "layers 3"),
        ],
        ids=["layers", "channels", "stem", "classes", "both"],
    )
    def test_another_size_is_pointed_to(
        self, place: Place, model: bytes, change: dict[str, Any], where: list[str], detail: str
    ) -> None:
        asked = SPEC | {"weights": place.send(model), "epochs": 0} | change
        answer = place.client.post("/evaluations?dry_run=true", json=asked)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == where
        assert detail in answer.json()["detail"]

    def test_another_genotype_is_told_by_names(self, place: Place, model: bytes) -> None:
        other = CELLS | {"normal": [["dil_conv_5x5", 0], *CELLS["normal"][1:]]}
        assert other != CELLS
        asked = SPEC | {"weights": place.send(model), "genotype_document": other, "epochs": 0}
        answer = place.client.post("/evaluations", json=asked)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == ["/weights"]
        assert "cells.0.entries.0.layers." in answer.json()["detail"]


def test_they_stay_while_an_evaluation_needs_them(place: Place, model: bytes) -> None:
    sent = place.send(model)
    waiting = place.submit(weights=sent, epochs=0)
    refused = place.client.delete(f"/weights/{sent}")
    assert problem(refused) == (409, "weights_in_use")
    assert waiting in refused.json()["detail"]
    place.client.post(f"/evaluations/{waiting}/pause")
    assert problem(place.client.delete(f"/weights/{sent}")) == (409, "weights_in_use")
    using = place.client.get(place.client.get(f"/weights/{sent}").json()["urls"]["evaluations"])
    assert {one["spec"]["weights"] for one in using.json()["data"]} == {sent}
    assert using.json()["data"][0]["id"] == waiting

    place.client.post(f"/evaluations/{waiting}/cancel")

    assert place.client.delete(f"/weights/{sent}").status_code == 204
    wait_until(lambda: not place.artifacts.keys(sent), "the end of the file")
    assert problem(place.client.get(f"/weights/{sent}")) == (404, "not_found")


def files_of_weights(place: Place) -> list[str]:
    return [name for name in place.artifacts.folders() if name.startswith("wts_")]


class TestNothingStaysOf:
    @pytest.mark.slow
    def test_a_file_that_comes_twice_at_once(self, place: Place) -> None:
        before, content = files_of_weights(place), save_weights(make_weights(seed=9))

        def send(_: int) -> httpx.Response:
            return place.client.post("/weights", content=content)

        with ThreadPoolExecutor(2) as both:
            answers = list(both.map(send, range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 201]
        (sent,) = {answer.json()["id"] for answer in answers}
        assert sorted(files_of_weights(place)) == sorted([*before, sent])

    def test_a_file_that_is_of_another_network(self, place: Place) -> None:
        before = files_of_weights(place)
        layers = {f"layer{n}.conv.weight": torch.zeros(3, 3) for n in range(9)}
        answer = place.client.post("/weights", content=save_weights(layers))
        assert problem(answer) == (422, "weights_layout_unknown")
        assert answer.json()["detail"].endswith(
            "layer0.conv.weight, layer1.conv.weight, layer2.conv.weight, layer3.conv.weight,"
            " layer4.conv.weight and 4 more"
        )
        assert files_of_weights(place) == before

    @pytest.mark.slow
    def test_a_file_that_asks_for_code(self, place: Place, tmp_path: Path) -> None:
        before, target = files_of_weights(place), tmp_path / "touched"
        content = written({"state_dict": make_weights() | {"more": Payload(target)}})
        answer = place.client.post("/weights", content=content)
        assert problem(answer) == (422, "weights_unsafe")
        assert not target.exists()
        assert files_of_weights(place) == before

    def test_a_file_that_the_store_does_not_take(self, place: Place) -> None:
        before, root = files_of_weights(place), place.home / "artifacts"
        root.mkdir(exist_ok=True)
        aside = root.rename(place.home / "aside")
        root.write_text("in the way")
        listed = place.client.get("/weights").json()
        answer = place.client.post("/weights", content=save_weights(make_weights(seed=7)))
        root.unlink()
        aside.rename(root)
        assert problem(answer) == (503, "artifacts_unavailable")
        assert files_of_weights(place) == before
        assert place.client.get("/weights").json() == listed
        assert [path.name for path in place.home.iterdir() if path.name.startswith("tmp")] == []
