import httpx
from PIL import Image

from pdarts_core.config import DEFAULT_PRESET, PRESETS
from store.settings import Settings
from tests.api.calls import QUICK, pointers, problem


def add_folder(settings: Settings, name: str, *, classes: int = 2) -> None:
    for label in range(classes):
        folder = settings.data_dir / name / "train" / f"class {label}"
        folder.mkdir(parents=True)
        Image.new("RGB", (12, 10)).save(folder / "1.png")


def test_built_in_data_sets_are_listed(client: httpx.Client) -> None:
    listed = {info["name"]: info for info in client.get("/datasets").json()["data"]}
    assert {"digits", "cifar10", "cifar100", "svhn"} <= set(listed)
    assert listed["digits"] == {
        "name": "digits",
        "kind": "builtin",
        "classes": 10,
        "images": 1437,
        "image_size": {"height": 8, "width": 8},
        "available": True,
    }
    assert not listed["cifar10"]["available"]


def test_a_folder_of_images_is_a_data_set(client: httpx.Client, settings: Settings) -> None:
    add_folder(settings, "flowers")
    (listed,) = [i for i in client.get("/datasets").json()["data"] if i["name"] == "flowers"]
    assert (listed["kind"], listed["classes"], listed["images"]) == ("folder", 2, 2)
    assert listed["image_size"] == {"height": 10, "width": 12}
    answer = client.post("/searches", json=QUICK | {"dataset": "flowers"})
    assert answer.status_code == 202


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
