from pathlib import Path

import httpx
import pytest
from PIL import Image

from pdarts_core.config import DEFAULT_PRESET, PRESETS
from pdarts_core.evaluation_config import DEFAULT_EVALUATION_PRESET, EVALUATION_PRESETS
from store.settings import Settings
from tests.api.calls import QUICK, pointers, problem
from tests.support.http_service import serve


def add_folder(settings: Settings, name: str, *, classes: int = 2) -> None:
    for label in range(classes):
        folder = settings.data_dir / name / "train" / f"class {label}"
        folder.mkdir(parents=True)
        for number in (1, 2):
            Image.new("RGB", (12, 10)).save(folder / f"{number}.png")


def test_built_in_data_sets_are_listed(client: httpx.Client) -> None:
    listed = {info["name"]: info for info in client.get("/datasets").json()["data"]}
    assert {"digits", "planted", "cifar10", "cifar100", "svhn"} <= set(listed)
    assert listed["digits"] == {
        "id": None,
        "name": "digits",
        "kind": "builtin",
        "state": "ready",
        "classes": 10,
        "images": 1437,
        "image_size": {"height": 8, "width": 8},
        "available": True,
        "digest": None,
        "bytes": None,
        "created_at": None,
        "check": None,
    }
    assert listed["planted"]["available"]
    assert not listed["cifar10"]["available"]


def test_a_folder_of_images_is_a_data_set(client: httpx.Client, settings: Settings) -> None:
    add_folder(settings, "flowers")
    (listed,) = [i for i in client.get("/datasets").json()["data"] if i["name"] == "flowers"]
    assert (listed["kind"], listed["classes"], listed["images"]) == ("folder", 2, 4)
    assert listed["image_size"] == {"height": 10, "width": 12}
    answer = client.post("/searches", json=QUICK | {"dataset": "flowers"})
    assert answer.status_code == 202


@pytest.fixture(params=["a file", "out of reach"])
def blind(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose data folder cannot be read, whoever runs the tests."""
    places = {"a file": tmp_path / "data", "out of reach": tmp_path / ("d" * 300)}
    (tmp_path / "data").touch()
    return settings.model_copy(update={"data_dir": places[request.param]})


class TestADataFolderThatCannotBeRead:
    def test_is_told_instead_of_a_list_without_it(self, blind: Settings) -> None:
        with serve(blind) as client:
            answer = client.get("/datasets")
        assert problem(answer) == (503, "datasets_unavailable")
        assert answer.json()["detail"].startswith("the data folder cannot be read: ")

    def test_degrades_the_service(self, blind: Settings) -> None:
        with serve(blind) as client:
            ready = client.get("/readyz").json()
        assert (ready["status"], ready["datasets"]["status"]) == ("degraded", "failed")

    @pytest.mark.usefixtures("database")
    def test_leaves_digits_to_be_searched_with(self, blind: Settings) -> None:
        with serve(blind) as client:
            assert client.get("/datasets/digits").json()["available"]
            assert not client.get("/datasets/cifar10").json()["available"]
            assert client.post("/searches", json=QUICK).status_code == 202

    def test_hides_no_folder_behind_an_error_of_the_request(self, blind: Settings) -> None:
        with serve(blind) as client:
            answers = [
                client.get("/datasets/flowers"),
                client.post("/searches", json=QUICK | {"dataset": "flowers"}),
            ]
        assert [problem(answer)[0] for answer in answers] == [503, 503]


def test_a_data_folder_that_is_not_there_yet_is_empty(settings: Settings, tmp_path: Path) -> None:
    with serve(settings.model_copy(update={"data_dir": tmp_path / "new"})) as client:
        kinds = {info["kind"] for info in client.get("/datasets").json()["data"]}
        ready = client.get("/readyz").json()
    assert kinds == {"builtin"}
    assert (ready["status"], ready["datasets"]["status"]) == ("ready", "ok")


def test_one_class_makes_no_search(client: httpx.Client, settings: Settings) -> None:
    add_folder(settings, "alike", classes=1)
    answer = client.post("/searches", json=QUICK | {"dataset": "alike"})
    assert problem(answer) == (422, "invalid_request")
    assert pointers(answer) == ["/dataset"]


def test_presets_are_listed_with_what_they_set(client: httpx.Client) -> None:
    listed = {preset["name"]: preset for preset in client.get("/presets").json()["data"]}
    assert list(listed) == list(PRESETS)
    assert listed["quick"]["spec"] == PRESETS["quick"].to_dict()
    assert [name for name, preset in listed.items() if preset["default"]] == [DEFAULT_PRESET]


def test_presets_of_evaluations_are_listed_too(client: httpx.Client) -> None:
    of_evaluations = {"kind": "evaluation"}
    answer = client.get("/presets", params=of_evaluations).json()
    listed = {preset["name"]: preset for preset in answer["data"]}
    assert list(listed) == list(EVALUATION_PRESETS)
    assert listed["short"]["spec"] == EVALUATION_PRESETS["short"].to_dict()
    defaults = [name for name, preset in listed.items() if preset["default"]]
    assert defaults == [DEFAULT_EVALUATION_PRESET]
    one = client.get("/presets/short", params=of_evaluations)
    assert one.json() == listed["short"]
    assert problem(client.get("/presets/short")) == (404, "not_found")
    assert problem(client.get("/presets?kind=study")) == (422, "invalid_request")
