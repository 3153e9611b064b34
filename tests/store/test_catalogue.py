"""Which data sets the interface lists, found without torch and without decoding."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from store.catalogue import (
    BUILTIN_DATASETS,
    DatasetInfo,
    InvalidDatasetError,
    UnknownDatasetError,
    check_data_folder,
    check_size,
    count_test_images,
    find_dataset,
    has_test_images,
    is_valid_name,
    list_datasets,
)
from store.image_folder import ImageSize
from tests.support.as_nobody import as_nobody
from tests.support.images import make_image, make_image_folder


def names(infos: list[DatasetInfo]) -> list[str]:
    return [info.name for info in infos]


def test_built_in_sets_are_listed_without_a_data_folder(tmp_path: Path) -> None:
    infos = list_datasets(tmp_path / "missing")
    assert names(infos) == list(BUILTIN_DATASETS)
    assert [info.name for info in infos if info.available] == ["digits", "planted"]


def test_folders_follow_by_name_with_classes_images_and_size(tmp_path: Path) -> None:
    make_image_folder(tmp_path, "zoo", classes={"ape": 1, "bee": 2, "cow": 3}, height=6, width=9)
    make_image_folder(tmp_path, "pets")
    *_, pets, zoo = list_datasets(tmp_path)
    assert pets.name == "pets"
    assert zoo == DatasetInfo(
        name="zoo",
        kind="folder",
        classes=3,
        class_sizes=(1, 2, 3),
        image_size=ImageSize(height=6, width=9),
        available=True,
    )


def test_a_link_to_where_nobody_may_look_hides_no_other_folder(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, "pets")
    # Whoever looks at the target, even root, gets an error other than "not found".
    for link in (tmp_path / "a", train / "a", train / "cat" / "0.png"):
        link.symlink_to("x" * 300)
    (pets,) = list_datasets(tmp_path)[len(BUILTIN_DATASETS) :]
    assert (pets.name, pets.classes, pets.image_size) == ("pets", 2, None)


def test_downloaded_set_is_available(tmp_path: Path) -> None:
    batch = tmp_path / "cifar-10-batches-py" / "data_batch_1"
    batch.parent.mkdir()
    batch.touch()
    assert find_dataset(tmp_path, "cifar10").available
    assert not find_dataset(tmp_path, "cifar100").available


def test_what_is_no_data_set_is_not_listed(tmp_path: Path) -> None:
    make_image_folder(tmp_path, ".cache")
    (tmp_path / "empty").mkdir()
    (tmp_path / "flat" / "train").mkdir(parents=True)
    make_image().save(tmp_path / "flat" / "train" / "0.png")
    (tmp_path / "file").touch()
    assert names(list_datasets(tmp_path)) == list(BUILTIN_DATASETS)


def test_built_in_set_hides_a_folder_of_its_name(tmp_path: Path) -> None:
    make_image_folder(tmp_path, "digits")
    assert names(list_datasets(tmp_path)).count("digits") == 1
    assert find_dataset(tmp_path, "digits").kind == "builtin"


def test_only_images_are_counted_wherever_they_lie_in_a_class(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "dog": 2})
    (train / "cat" / "more").mkdir()
    make_image().save(train / "cat" / "more" / "0.PNG")
    for name in (".DS_Store", "Thumbs.db", "notes.txt", ".hidden.png"):
        (train / "cat" / name).touch()
    (train / ".git").mkdir()
    info = find_dataset(tmp_path, "pets")
    assert (info.classes, info.images) == (2, 5)


def test_images_added_at_once_are_counted(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "dog": 2})
    for count in range(5, 10):
        make_image().save(train / "dog" / f"new{count}.png")
        assert find_dataset(tmp_path, "pets").images == count


def test_folder_that_changed_since_it_was_counted_is_counted_anew(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "dog": 2})
    for label in ("cat", "dog"):
        os.utime(train / label, (1, 1))
    assert find_dataset(tmp_path, "pets").images == 4
    make_image().save(train / "dog" / "new.png")
    os.utime(train / "dog", (2, 2))
    assert find_dataset(tmp_path, "pets").images == 5


def test_images_added_below_a_class_folder_are_counted(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "dog": 2})
    inner = train / "cat" / "more"
    inner.mkdir()
    for folder in (train, train / "cat", train / "dog", inner):
        os.utime(folder, (1, 1))
    assert find_dataset(tmp_path, "pets").images == 4
    make_image().save(inner / "new.png")
    os.utime(inner, (2, 2))
    assert find_dataset(tmp_path, "pets").images == 5


def test_a_name_is_found_in_whatever_form_unicode_writes_it(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    make_image_folder(tmp_path, decomposed)
    assert find_dataset(tmp_path, composed).images == 6
    assert names(list_datasets(tmp_path))[-1] == decomposed
    make_image_folder(tmp_path, composed, classes={"cat": 2, "dog": 2})
    assert find_dataset(tmp_path, composed).images == 4
    assert find_dataset(tmp_path, decomposed).images == 6


@pytest.mark.parametrize("split", ["val", "valid", "Validation", "TEST"])
def test_test_images_may_lie_in_folders_of_other_names(split: str, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    make_image_folder(tmp_path, classes={"cat": 2}, split=split)
    train.rename(train.with_name("TRAIN"))
    info = find_dataset(tmp_path, "pets")
    assert info.images == 6
    assert has_test_images(tmp_path, info)
    assert count_test_images(tmp_path, info) == 2


@pytest.mark.parametrize(
    ("classes", "fault"),
    [
        ({"cat": 2}, r"'pets' has one class, 'cat'$"),
        ({"cat": 2, "dog": 0}, r"pets/train/dog has no images$"),
        ({"cat": 1, "dog": 1}, r"no class of 'pets' has more than one image; a search needs two"),
        ({"pets/a": 2, "pets/b": 2}, r"one class, 'pets'; a, b … look like the classes: move"),
        ({"caf\u00e9": 2, "cafe\u0301": 2}, r"two class folders are called 'café'"),
    ],
)
def test_classes_that_nothing_can_be_trained_on_are_refused(
    classes: dict[str, int], fault: str, tmp_path: Path
) -> None:
    make_image_folder(tmp_path, classes=classes)
    with pytest.raises(InvalidDatasetError, match=fault):
        check_size(find_dataset(tmp_path, "pets"), None)


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("nowhere", r"pets/train/link is a link that leads nowhere"),
        ("link", r"pets/train/link is a link that leads nowhere"),
        ("dog", r"pets/train/dog and pets/train/link are one folder"),
    ],
)
def test_links_that_are_no_classes_are_named(target: str, fault: str, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    (train / "link").symlink_to(target)
    with pytest.raises(InvalidDatasetError, match=fault):
        check_size(find_dataset(tmp_path, "pets"), None)


@pytest.mark.parametrize("unreadable", ["train", "train/dog", "train/dog/more"])
def test_folder_that_cannot_be_read_is_named(unreadable: str, tmp_path: Path) -> None:
    make_image_folder(tmp_path, classes={"cat": 2, "dog": 2, "dog/more": 2})
    with as_nobody(tmp_path / "pets" / unreadable):
        (pets,) = list_datasets(tmp_path)[len(BUILTIN_DATASETS) :]
        assert (pets.available, pets.images) == (False, None)
        with pytest.raises(InvalidDatasetError, match=f"pets/{unreadable} cannot be read: Perm"):
            check_size(pets, None)


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("0.png", "there is a folder 'pets', but no folder train/ in it"),
        ("train/0.png", "there is pets/train, but no folder with the images of a class in it"),
    ],
)
def test_folder_that_is_no_data_set_is_told_why(file: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "pets" / file).parent.mkdir(parents=True)
    make_image().save(tmp_path / "pets" / file)
    with pytest.raises(UnknownDatasetError, match=hint):
        find_dataset(tmp_path, "pets")


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    elsewhere = make_image_folder(tmp_path / "disk", classes={"cat": 2, "dog": 2})
    train = tmp_path / "data" / "pets" / "train"
    train.mkdir(parents=True)
    (train / "cat").symlink_to(elsewhere / "cat")
    (train / "dog").symlink_to(elsewhere / "dog")
    (elsewhere / "dog" / "loop").symlink_to(elsewhere / "dog")
    info = find_dataset(tmp_path / "data", "pets")
    assert (info.classes, info.images) == (2, 4)


def test_a_link_that_leads_nowhere_hides_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    check_data_folder(tmp_path)
    assert [info.name for info in list_datasets(tmp_path)] == list(BUILTIN_DATASETS)


def test_size_is_that_of_the_upright_image(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 0, "dog": 1})
    orientation = Image.Exif()
    orientation[0x0112] = 6
    make_image(height=4, width=10).save(train / "cat" / "0.jpg", exif=orientation)
    assert find_dataset(tmp_path, "pets").image_size == ImageSize(height=10, width=4)


def test_unreadable_first_image_leaves_the_size_open(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    (train / "cat" / "000.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    info = find_dataset(tmp_path, "pets")
    assert info.image_size is None
    assert info.images == 6


@pytest.mark.parametrize("name", ["pets", "Größe 2", "猫と犬", "cifar10-jpeg", "a.b_c", "x" * 100])
def test_a_visible_folders_name_is_valid(name: str, tmp_path: Path) -> None:
    make_image_folder(tmp_path, name)
    assert find_dataset(tmp_path, name).name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../pets",
        "/etc",
        "a/b",
        "a\\b",
        "a\0b",
        "a\nb",
        ".cache",
        " pets",
        "\ud800",
        "x" * 101,
        "é" * 51,
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    make_image_folder(tmp_path / "inner")
    make_image_folder(tmp_path)
    assert not is_valid_name(name)
    with pytest.raises(UnknownDatasetError, match="is not a valid data set name"):
        find_dataset(tmp_path / "inner", name)


def test_unknown_name_tells_what_there_could_be(tmp_path: Path) -> None:
    with pytest.raises(UnknownDatasetError, match=r"cifar10.*pets/train/<class>/"):
        find_dataset(tmp_path, "pets")


def test_listing_loads_no_torch() -> None:
    script = "import sys, store.catalogue; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
