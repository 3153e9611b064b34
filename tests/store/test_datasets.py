"""What tells one state of a folder of images from another."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from store import image_counts
from store.datasets import mark_of_folder
from tests.support.as_nobody import as_nobody
from tests.support.images import make_image_folder

Change = Callable[[Path], object]


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return make_image_folder(tmp_path).parent


CHANGES: dict[str, Change] = {
    "added": lambda pets: (pets / "train" / "cat" / "new.png").touch(),
    "removed": lambda pets: (pets / "train" / "cat" / "000.png").unlink(),
    "renamed": lambda pets: (pets / "train" / "cat" / "000.png").rename(pets / "train/cat/x.png"),
    "a class more": lambda pets: (pets / "train" / "emu").mkdir(),
    "a class renamed": lambda pets: (pets / "train" / "cat").rename(pets / "train" / "bat"),
}


@pytest.mark.parametrize("most", [100_000, 3], ids=["few files", "very many files"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_its_mark_changes_with_its_files(
    pets: Path, change: Change, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_counts, "MOST_COUNTED_FILES", most)
    for folder in (pets, *pets.rglob("*/")):
        os.utime(folder, (1_000_000_000, 1_000_000_000))
    before = mark_of_folder(pets)
    assert mark_of_folder(pets) == before
    change(pets)
    assert mark_of_folder(pets) != before


def test_files_in_folders_of_a_class_count(pets: Path) -> None:
    inner = pets / "train" / "cat" / "inner"
    inner.mkdir()
    os.utime(inner, (1_000_000_000, 1_000_000_000))
    before = mark_of_folder(pets)
    (inner / "new.png").touch()
    assert mark_of_folder(pets) != before


def test_files_behind_a_link_to_a_class_folder_count(pets: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "inner").mkdir(parents=True)
    (pets / "train" / "emu").symlink_to(elsewhere)
    for folder in (elsewhere, elsewhere / "inner"):
        os.utime(folder, (1_000_000_000, 1_000_000_000))
    marks = [mark_of_folder(pets)]
    for path in (elsewhere / "new.png", elsewhere / "inner" / "new.png"):
        path.touch()
        marks.append(mark_of_folder(pets))
    assert len(set(marks)) == 3


def test_a_folder_that_stays_as_it_is_is_walked_once(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (pets, *pets.rglob("*/")):
        os.utime(folder, (1_000_000_000, 1_000_000_000))
    before = mark_of_folder(pets)
    monkeypatch.setattr(image_counts, "walk_files", None)
    assert mark_of_folder(pets) == before


def test_one_with_a_folder_that_cannot_be_read_is_walked_once(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = pets / "train" / "cat" / "private"
    closed.mkdir()
    for folder in (pets, *pets.rglob("*/")):
        os.utime(folder, (1_000_000_000, 1_000_000_000))
    with as_nobody(closed), monkeypatch.context() as patched:
        before = mark_of_folder(pets)
        patched.setattr(image_counts, "walk_files", None)
        assert mark_of_folder(pets) == before
        for _ in range(2):
            with pytest.raises(PermissionError, match="private"):
                image_counts.count_images(pets / "train")
    assert image_counts.count_images(pets / "train") is not None


def test_what_is_kept_beside_the_images_does_not_count(pets: Path) -> None:
    os.utime(pets, (1_000_000_000, 1_000_000_000))
    before = mark_of_folder(pets)
    (pets / ".cache").mkdir()
    os.utime(pets, (1_000_000_000, 1_000_000_000))
    assert mark_of_folder(pets) == before


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        mark_of_folder(tmp_path / "gone")


@pytest.mark.parametrize("closed", ["lost+found", "train/cat/private"])
def test_a_folder_in_it_that_nobody_may_look_into_does_not_count(pets: Path, closed: str) -> None:
    (pets / closed).mkdir()
    with as_nobody(pets / closed):
        before = mark_of_folder(pets)
    assert (mark_of_folder(pets) == before) == (closed == "lost+found")
