"""A whole evaluation through HTTP, run by a worker's attempt: from a genotype to its network."""

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors.torch import load

from pdarts_core.drawing import draw_confusion
from pdarts_core.genotype import from_dict
from pdarts_core.network import Network
from pdarts_core.tensors.names import published_name
from store.model_files import model_folder
from tests.api.calls import problem
from tests.support.attempts import run_attempt
from tests.support.evaluation_jobs import CELLS, SMALL
from tests.support.evaluation_service import SPEC, Place
from tests.support.servers import wait_until
from worker.datasets.loading import load_dataset

TEST_IMAGES = 360


def test_it_ends_with_figures_that_say_what_they_rest_on(
    client: httpx.Client, evaluated: str
) -> None:
    body = client.get(evaluated).json()
    assert (body["status"], body["error"]) == ("succeeded", None)
    assert body["progress"] == {"fraction": 1.0, "epoch": 2, "epochs": 2, "eta": None}
    accuracy = body["result"]["accuracy"]
    assert body["result"]["source"] == "test"
    assert accuracy["images"] == TEST_IMAGES
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    told = client.get(f"{evaluated}/events").json()["data"][-1]
    assert told["type"] == "succeeded"
    assert told["data"] == {"source": "test", **_named(accuracy)}


def _named(accuracy: dict[str, Any]) -> dict[str, Any]:
    return {"accuracy": accuracy["value"]} | {n: accuracy[n] for n in ("images", "low", "high")}


def test_its_result_has_every_class(client: httpx.Client, evaluated: str) -> None:
    result = client.get(f"{evaluated}/result").json()
    brief = client.get(evaluated).json()["result"]
    assert {name: result[name] for name in brief} == brief
    assert [one["name"] for one in result["classes"]] == [str(digit) for digit in range(10)]
    for one, row in zip(result["classes"], result["confusion"], strict=True):
        assert one["images"] == sum(row)
    hits = sum(one["hits"] for one in result["classes"])
    assert hits / TEST_IMAGES == pytest.approx(result["accuracy"]["value"])


def test_its_confusion_matrix_is_a_table_too(client: httpx.Client, evaluated: str) -> None:
    table = client.get(f"{evaluated}/result", headers={"Accept": "text/csv"}).text.splitlines()
    confusion = client.get(f"{evaluated}/result").json()["confusion"]
    assert table[0] == "class,0,1,2,3,4,5,6,7,8,9"
    assert table[4] == ",".join(map(str, [3, *confusion[3]]))


def test_its_confusion_matrix_is_a_picture_too(client: httpx.Client, evaluated: str) -> None:
    result = client.get(f"{evaluated}/result").json()
    picture = client.get(f"{evaluated}/result", headers={"Accept": "image/svg+xml"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    names = [one["name"] for one in result["classes"]]
    assert picture.text == draw_confusion(names, result["confusion"])


def test_its_epochs_come_in_pages_and_as_a_table(client: httpx.Client, evaluated: str) -> None:
    epochs = client.get(f"{evaluated}/epochs").json()
    assert [epoch["epoch"] for epoch in epochs["data"]] == [1, 2]
    first = client.get(f"{evaluated}/epochs", params={"limit": 1}).json()
    assert (first["data"], first["next_cursor"]) == (epochs["data"][:1], "1")
    rest = client.get(f"{evaluated}/epochs", params={"after": "1"}).json()
    assert (rest["data"], rest["next_cursor"]) == (epochs["data"][1:], None)
    table = client.get(f"{evaluated}/epochs", headers={"Accept": "text/csv"}).text.splitlines()
    assert len(table) == 3
    assert table[0].startswith("epoch,learning_rate")


class TestModel:
    @pytest.mark.parametrize("which", ["last", "best"])
    @pytest.mark.parametrize("form", ["safetensors", "torch", "onnx", "python", "zip"])
    def test_it_comes_with_its_digest(
        self, client: httpx.Client, evaluated: str, form: str, which: str
    ) -> None:
        asked = {"format": form, "which": which}
        answer = client.get(f"{evaluated}/model", params=asked)
        assert answer.status_code == 200, answer.text
        digest = hashlib.sha256(answer.content)
        assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
        assert int(answer.headers["content-length"]) == len(answer.content)
        told = base64.b64encode(digest.digest()).decode()
        assert answer.headers["repr-digest"] == f"sha-256=:{told}:"
        files = client.get(f"{evaluated}/result").json()["models"]
        for file in files:
            if (file["format"], file["which"]) == (form, which):
                told_of = (file["sha256"], file["bytes"])
                assert told_of == (digest.hexdigest(), len(answer.content))
        tag = {"If-None-Match": answer.headers["etag"]}
        again = client.get(f"{evaluated}/model", params=asked, headers=tag)
        assert (again.status_code, again.content) == (304, b"")

    def test_pixels_are_chosen_of_an_onnx_file_alone(
        self, client: httpx.Client, evaluated: str
    ) -> None:
        asked = {"format": "torch", "pixels": "float32"}
        refused = client.get(f"{evaluated}/model", params=asked)
        assert problem(refused) == (422, "invalid_request")
        assert refused.json()["errors"][0]["parameter"] == "pixels"

    @pytest.mark.parametrize("form", ["onnx", "python", "zip"])
    def test_a_form_without_layouts_says_so(
        self, client: httpx.Client, evaluated: str, form: str
    ) -> None:
        asked = {"format": form, "layout": "published"}
        refused = client.get(f"{evaluated}/model", params=asked)
        assert problem(refused) == (422, "invalid_request")
        assert refused.json()["errors"][0]["parameter"] == "layout"

    @pytest.mark.parametrize("form", ["safetensors", "torch"])
    def test_weights_come_in_the_published_layout_too(
        self, client: httpx.Client, evaluated: str, form: str
    ) -> None:
        asked = {"format": form, "layout": "published"}
        answer = client.get(f"{evaluated}/model", params=asked)
        assert answer.headers["content-disposition"].count("-last-published.") == 1
        published = (
            load(answer.content)
            if form == "safetensors"
            else torch.load(io.BytesIO(answer.content), weights_only=True)
        )
        weights = load(client.get(f"{evaluated}/model").content)
        assert published.keys() == {published_name(name) for name in weights}
        assert all(torch.equal(published[published_name(name)], weights[name]) for name in weights)

    def test_both_formats_hold_the_network_that_was_tested(
        self, client: httpx.Client, evaluated: str, place: Place
    ) -> None:
        weights = load(client.get(f"{evaluated}/model").content)
        torch_file = client.get(f"{evaluated}/model", params={"format": "torch"}).content
        same = torch.load(io.BytesIO(torch_file), weights_only=True)
        assert all(torch.equal(weights[name], same[name]) for name in weights.keys() | same.keys())
        network = Network(
            from_dict(client.get(evaluated).json()["genotype"]["cells"]),
            init_channels=SMALL.init_channels,
            num_classes=10,
            layers=SMALL.layers,
            auxiliary=False,
        )
        network.load_state_dict(weights)
        told = client.get(f"{evaluated}/result").json()
        assert _accuracy_of(network, place.home / "data") == told["accuracy"]["value"]

    @pytest.mark.parametrize("pixels", ["uint8", "float32"])
    def test_the_onnx_file_has_the_accuracy_that_was_measured(
        self, client: httpx.Client, evaluated: str, place: Place, pixels: str
    ) -> None:
        asked = {"format": "onnx", "pixels": pixels}
        file = client.get(f"{evaluated}/model", params=asked).content
        session = onnxruntime.InferenceSession(file)
        test = load_dataset("digits", data_dir=place.home / "data", split="test")
        images = test.images if pixels == "uint8" else test.images.float() / 255
        (logits,) = session.run(["logits"], {"images": images.numpy()})
        told = client.get(f"{evaluated}/result").json()
        hits = logits.argmax(1) == test.labels.numpy()
        assert hits.mean() == pytest.approx(told["accuracy"]["value"])


def _accuracy_of(network: Network, data_dir: Path) -> float:
    """Measure the network on the test images, in the plainest way."""
    train = load_dataset("digits", data_dir=data_dir, max_images=40, seed=SMALL.seed)
    test = load_dataset("digits", data_dir=data_dir, split="test")
    mean, std = (torch.tensor(channels).view(1, 3, 1, 1) for channels in (train.mean, train.std))
    with torch.inference_mode():
        logits, _ = network.eval()((test.images / 255 - mean) / std)
    return float((logits.argmax(1) == test.labels).double().mean())


def test_its_surest_mistakes_are_named(client: httpx.Client, evaluated: str) -> None:
    wrong = client.get(f"{evaluated}/result").json()["wrong"]
    assert 0 < len(wrong) <= 36
    surest = [one["probability"] for one in wrong]
    assert surest == sorted(surest, reverse=True)
    assert all(one["class_name"] != one["taken_for"] for one in wrong)


def test_its_surest_mistakes_are_shown(client: httpx.Client, evaluated: str) -> None:
    wrong = client.get(f"{evaluated}/result").json()["wrong"]

    answer = client.get(f"{evaluated}/wrong")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert hashlib.sha256(answer.content).hexdigest() == answer.headers["etag"].strip('"')
    with Image.open(io.BytesIO(answer.content)) as sheet:
        assert sheet.size == (6 * 96, -(-len(wrong) // 6) * 96)
    seen = client.get(f"{evaluated}/wrong", headers={"If-None-Match": answer.headers["etag"]})
    assert seen.status_code == 304


def test_a_model_without_held_out_images_has_no_best(client: httpx.Client, place: Place) -> None:
    asked = SPEC | {"genotype_document": CELLS, "valid_portion": 0, "epochs": 1}
    path = f"/evaluations/{client.post('/evaluations', json=asked).json()['id']}"
    run_attempt(place.database, place.home)
    assert client.get(path).json()["result"]["validation"] is None
    assert client.get(f"{path}/model").status_code == 200
    refused = client.get(f"{path}/model", params={"which": "best"})
    assert problem(refused) == (404, "not_found")


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_model_is_never_sent(client: httpx.Client, place: Place, damage: str) -> None:
    evaluation_id = place.evaluate()
    for key in place.artifacts.keys(model_folder(evaluation_id)):
        if damage == "missing":
            place.artifacts.delete(key)
        else:
            place.artifacts.put(key, b"torn")
    for form in ("safetensors", "onnx", "zip"):
        refused = client.get(f"/evaluations/{evaluation_id}/model", params={"format": form})
        assert problem(refused) == (410, "model_damaged")


def test_its_files_go_with_it(client: httpx.Client, place: Place) -> None:
    evaluation_id = place.evaluate()
    assert place.artifacts.keys(evaluation_id) != []
    assert client.delete(f"/evaluations/{evaluation_id}").status_code == 204
    wait_until(lambda: not place.artifacts.keys(evaluation_id), "the end of its files")
    assert problem(client.get(f"/evaluations/{evaluation_id}/result")) == (404, "not_found")
