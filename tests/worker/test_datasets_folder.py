"""A folder of images becomes a data set: decoded once, checked, and kept until a file changes."""

import os
import shutil
import threading
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pdarts_core.images.dataset import ImageDataset
from store.catalogue import DatasetUnavailableError, InvalidDatasetError, UnknownDatasetError
from tests.support.as_nobody import as_nobody
from tests.support.faulty_images import save_deep
from tests.support.images import make_image, make_image_folder
from worker.datasets import DatasetProgress
from worker.datasets.loading import load_dataset


def load(data_dir: Path, name: str = "pets", **options: Any) -> ImageDataset:
    return load_dataset(name, data_dir=data_dir, **options)


def cached(data_dir: Path, name: str = "pets") -> list[Path]:
    return sorted((data_dir / ".cache" / name).glob("*.npy"))


def decoded_images(data_dir: Path, **options: Any) -> int:
    """Load the data set and return how many images were decoded for it."""
    heard: list[DatasetProgress] = []
    load(data_dir, on_progress=heard.append, **options)
    return max((progress.done for progress in heard), default=0)


def test_images_labels_and_names_follow_the_class_folders(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "ant": 1}, height=6, width=9)
    dataset = load(tmp_path)
    assert dataset.name == "pets"
    assert dataset.class_names == ("ant", "cat")
    assert dataset.labels.tolist() == [0, 1, 1]
    assert dataset.images.shape == (3, 3, 6, 9)
    for image, file in zip(
        dataset.images, ["ant/000.png", "cat/000.png", "cat/001.png"], strict=True
    ):
        expected = np.asarray(Image.open(train / file)).transpose(2, 0, 1)
        np.testing.assert_array_equal(image.numpy(), expected)


def test_mean_and_deviation_are_computed(tmp_path: Path) -> None:
    make_image_folder(tmp_path)
    dataset = load(tmp_path)
    values = dataset.images.double() / 255
    torch.testing.assert_close(torch.tensor(dataset.mean).double(), values.mean((0, 2, 3)))
    torch.testing.assert_close(
        torch.tensor(dataset.std).double(), values.std((0, 2, 3), correction=0)
    )


def test_test_images_are_normalised_as_the_training_images(tmp_path: Path) -> None:
    make_image_folder(tmp_path)
    make_image_folder(tmp_path, split="test", classes={"dog": 2})
    train, test = load(tmp_path), load(tmp_path, split="test")
    assert (test.mean, test.std) == (train.mean, train.std)
    assert test.class_names == train.class_names
    assert test.labels.tolist() == [1, 1]


@pytest.mark.parametrize("side", [pytest.param(2, id="small"), pytest.param(56, id="large")])
def test_more_images_than_a_thread_decodes_at_once_stay_in_order(side: int, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 700, "dog": 2}, height=side, width=side)
    dataset = load(tmp_path)
    for number in (0, 63, 64, 511, 512, 699):
        expected = np.asarray(Image.open(train / "cat" / f"{number:03}.png")).transpose(2, 0, 1)
        np.testing.assert_array_equal(dataset.images[number].numpy(), expected)


def test_unequal_sizes_are_named_and_image_size_brings_them_to_one(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    make_image(height=5, width=7).save(train / "dog" / "odd.png")
    with pytest.raises(
        InvalidDatasetError,
        match=r"^pets/train/dog/odd.png has 5×7 pixels .*, others 8×8: set image_size",
    ):
        load(tmp_path)
    assert load(tmp_path, image_size=4).images.shape == (7, 3, 4, 4)


@pytest.mark.parametrize("kept", [0, 40, -40])
def test_corrupt_file_is_named(kept: int, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    whole = (train / "dog" / "001.png").read_bytes()
    (train / "dog" / "001.png").write_bytes(whole[:kept])
    with pytest.raises(InvalidDatasetError, match=r"^pets/train/dog/001\.png cannot be used: "):
        load(tmp_path)
    assert cached(tmp_path) == []


def test_all_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 12, "dog": 12})
    for path in (train / "cat" / "000.png", train / "dog" / "007.png"):
        path.write_bytes(path.read_bytes()[:40])
    make_image(height=5, width=7).save(train / "dog" / "odd.png")
    with pytest.raises(InvalidDatasetError) as caught:
        load(tmp_path)
    told = str(caught.value)
    assert told.startswith("3 of 25 images of 'pets' cannot be used: pets/train/cat/000.png ")
    assert "pets/train/dog/007.png cannot be used" in told
    assert "pets/train/dog/odd.png has 5×7 pixels" in told


def test_of_very_many_some_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 12, "dog": 12})
    for path in train.glob("*/*.png"):
        path.write_bytes(b"torn")
    with pytest.raises(InvalidDatasetError, match=r"^24 of 24 images .*; and 14 more$"):
        load(tmp_path)


@pytest.mark.parametrize(
    "name", ["lost+found", "__pycache__", "$RECYCLE.BIN", "System Volume Information", "#recycle"]
)
def test_what_systems_leave_beside_images_is_no_class(name: str, tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    (train / name).mkdir()
    assert load(tmp_path).class_names == ("cat", "dog")


def test_what_is_no_regular_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    os.mkfifo(train / "cat" / "pipe.png")
    with pytest.raises(InvalidDatasetError, match=r"pets/train/cat/pipe\.png .*not a regular file"):
        load(tmp_path)


def test_broken_link_is_named(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    (train / "cat" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(InvalidDatasetError, match=r"pets/train/cat/gone\.png .*No such file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["boxes.csv"], "skipped pets/train/cat/boxes.csv, which is not an image"),
        (
            [".DS_Store", "Thumbs.db", "notes.txt", "boxes.csv"],
            "skipped 2 files that are not images, such as pets/train/cat/boxes.csv",
        ),
    ],
)
def test_files_that_are_not_images_are_skipped_and_the_first_is_named(
    tmp_path: Path, names: list[str], message: str
) -> None:
    train = make_image_folder(tmp_path)
    for name in names:
        (train / "cat" / name).touch()
    heard: list[DatasetProgress] = []
    assert len(load(tmp_path, on_progress=heard.append)) == 6
    assert heard[0].message == message


def test_images_of_16_bits_are_scaled_by_the_range_of_both_splits(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, height=32, width=32)
    test = make_image_folder(tmp_path, classes={"cat": 0}, split="test")
    save_deep(train / "cat" / "deep.png", 1_000)
    save_deep(test / "cat" / "deep.tif", 4_095)
    assert load(tmp_path).images[3].max() == 1_000 >> 4
    assert load(tmp_path, split="test").images.max() == 255


def test_images_of_16_bits_that_use_8_keep_their_values(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 0, "dog": 0}, height=32, width=32)
    for label in ("cat", "dog"):
        save_deep(train / label / "0.png", 255)
        save_deep(train / label / "1.png", 200)
    (first, *_) = load(tmp_path).images
    assert first.flatten().tolist() == (3 * [value * 255 // 1023 for value in range(1024)])


def test_empty_class_is_named(tmp_path: Path) -> None:
    make_image_folder(tmp_path, classes={"cat": 2, "dog": 0})
    with pytest.raises(InvalidDatasetError, match=r"pets/train/dog has no images$"):
        load(tmp_path)


def test_class_of_files_in_an_unknown_format_is_named_with_one_of_them(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "dog": 0})
    (train / "dog" / "0.jxl").touch()
    with pytest.raises(InvalidDatasetError, match=r"dog/0.jxl is not named like an image"):
        load(tmp_path)


def test_single_class_is_refused(tmp_path: Path) -> None:
    make_image_folder(tmp_path, classes={"cat": 2})
    with pytest.raises(InvalidDatasetError, match="has one class"):
        load(tmp_path)


def test_folders_of_splits_may_be_called_otherwise(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    make_image_folder(tmp_path, classes={"cat": 2, "dog": 1}, split="validation")
    train.rename(train.with_name("Train"))
    assert len(load(tmp_path)) == 6
    assert len(load(tmp_path, split="test")) == 3


def test_names_are_one_in_whatever_form_unicode_writes_them(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    make_image_folder(tmp_path, decomposed, classes={decomposed: 2, "tea": 2})
    make_image_folder(tmp_path, decomposed, classes={composed: 1}, split="test")
    assert load(tmp_path, composed).class_names == (composed, "tea")
    assert load(tmp_path, composed, split="test").labels.tolist() == [0]


def test_a_newline_in_a_name_ends_no_line(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"two\nlines": 2, "cat": 2})
    (train / "two\nlines" / "torn.png").touch()
    with pytest.raises(InvalidDatasetError, match=r"pets/train/two\\nlines/torn.png cannot"):
        load(tmp_path)
    (train / "two\nlines" / "torn.png").unlink()
    assert load(tmp_path).class_names == ("cat", r"two\nlines")


def test_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    make_image_folder(tmp_path, split="test")
    with as_nobody(train.parent / "test" / "dog"):
        assert len(load(tmp_path)) == 6
        with pytest.raises(DatasetUnavailableError, match=r"pets/test/dog: Permission denied"):
            load(tmp_path, split="test")


def test_test_class_without_training_images_is_refused(tmp_path: Path) -> None:
    make_image_folder(tmp_path)
    make_image_folder(tmp_path, split="test", classes={"emu": 1})
    with pytest.raises(InvalidDatasetError, match="'emu'"):
        load(tmp_path, split="test")


def test_missing_test_split_is_told(tmp_path: Path) -> None:
    make_image_folder(tmp_path)
    with pytest.raises(DatasetUnavailableError, match="no class folders in pets/test"):
        load(tmp_path, split="test")


@pytest.mark.parametrize("name", ["../pets", "/etc", "", "nothing"])
def test_unknown_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownDatasetError):
        load(tmp_path / "missing", name)


def test_links_and_foreign_scripts_are_followed(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, "tiere", classes={"Käfer": 2, "猫": 2})
    shutil.move(train / "猫", tmp_path / "elsewhere")
    (train / "猫").symlink_to(tmp_path / "elsewhere")
    dataset = load(tmp_path, "tiere")
    assert dataset.class_names == ("Käfer", "猫")
    assert len(dataset) == 4


def test_class_name_that_is_no_text_can_still_be_stored(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    (train / "cat").rename(os.fsdecode(os.fsencode(train) + b"/caf\xe9"))
    assert load(tmp_path).class_names == ("caf�", "dog")


class TestBound:
    def test_classes_are_balanced_and_only_what_is_used_is_decoded(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path, classes={"cat": 20, "dog": 5})
        dataset = load(tmp_path, max_images=8)
        assert torch.bincount(dataset.labels).tolist() == [4, 4]
        shutil.rmtree(tmp_path / ".cache")
        assert decoded_images(tmp_path, max_images=8) == 8

    def test_seed_chooses(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path, classes={"cat": 20, "dog": 20})
        first, again, other = (
            load(tmp_path, max_images=8, seed=seed).fingerprint() for seed in (1, 1, 2)
        )
        assert first == again != other

    def test_too_few_for_every_class_is_refused(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        with pytest.raises(InvalidDatasetError, match=r"max_images is 3, .* 2 classes .*: 4"):
            load(tmp_path, max_images=3)

    @pytest.mark.parametrize(("max_images", "image_size"), [(0, None), (None, 0)])
    def test_less_than_one_makes_no_sense(
        self, max_images: int | None, image_size: int | None, tmp_path: Path
    ) -> None:
        make_image_folder(tmp_path)
        with pytest.raises(ValueError, match="at least 1"):
            load(tmp_path, max_images=max_images, image_size=image_size)


class TestCache:
    def test_second_load_decodes_nothing(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        assert decoded_images(tmp_path) == 6
        before = load(tmp_path)
        assert decoded_images(tmp_path) == 0
        assert load(tmp_path).fingerprint() == before.fingerprint()

    def test_sizes_and_splits_are_kept_side_by_side(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        make_image_folder(tmp_path, split="test")
        for options in ({}, {"image_size": 4}, {"split": "test"}):
            decoded_images(tmp_path, **options)
        assert len(cached(tmp_path)) == 3
        assert load(tmp_path, image_size=4).images.shape[2:] == (4, 4)
        assert load(tmp_path).images.shape[2:] == (8, 8)

    def test_added_removed_renamed_and_changed_files_are_seen(self, tmp_path: Path) -> None:
        cats = make_image_folder(tmp_path) / "cat"
        fingerprints = [load(tmp_path).fingerprint()]

        make_image(90).save(cats / "new.png")
        fingerprints.append(load(tmp_path).fingerprint())
        (cats / "new.png").rename(cats / "0.png")
        fingerprints.append(load(tmp_path).fingerprint())
        make_image(91).save(cats / "0.png")
        fingerprints.append(load(tmp_path).fingerprint())
        (cats / "001.png").unlink()
        fingerprints.append(load(tmp_path).fingerprint())

        assert len(set(fingerprints)) == 5
        assert len(cached(tmp_path)) == 1, "what is outdated goes"

    def test_new_time_stamp_alone_decodes_again(self, tmp_path: Path) -> None:
        train = make_image_folder(tmp_path)
        load(tmp_path)
        os.utime(train / "cat" / "000.png", ns=(1, 1))
        assert decoded_images(tmp_path) == 6

    @pytest.mark.parametrize("damage", [b"", b"not an array", b"\x93NUMPY"])
    def test_damaged_array_is_built_anew(self, damage: bytes, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        before = load(tmp_path).fingerprint()
        cached(tmp_path)[0].write_bytes(damage)
        assert load(tmp_path).fingerprint() == before

    def test_array_cut_short_is_built_anew(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        before = load(tmp_path).fingerprint()
        os.truncate(cached(tmp_path)[0], 200)
        assert load(tmp_path).fingerprint() == before

    def test_changing_the_tensor_leaves_the_array_alone(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        load(tmp_path)
        dataset = load(tmp_path)
        before = dataset.fingerprint()
        dataset.images.zero_()
        assert load(tmp_path).fingerprint() == before

    def test_ended_load_leaves_nothing_behind(self, tmp_path: Path) -> None:
        class StoppedError(Exception):
            pass

        def stop(_: DatasetProgress) -> None:
            raise StoppedError

        make_image_folder(tmp_path)
        with pytest.raises(StoppedError):
            load(tmp_path, on_progress=stop)
        assert list((tmp_path / ".cache" / "pets").iterdir()) == []

    def test_workers_may_build_it_at_once(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path, classes={"cat": 40, "dog": 40})
        together = threading.Barrier(4)
        loaded: list[str] = []

        def build() -> None:
            together.wait()
            loaded.append(load(tmp_path).fingerprint())

        threads = [threading.Thread(target=build) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(loaded) == 4
        assert len(set(loaded)) == 1
        assert len(list((tmp_path / ".cache" / "pets").iterdir())) == 1

    def test_without_a_place_for_it_images_stay_in_memory(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        (tmp_path / ".cache").write_text("a file where the folder would be")
        assert len(load(tmp_path)) == 6

    def test_what_was_not_used_for_longest_goes_first(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        for size in range(2, 10):
            load(tmp_path, image_size=size)
            newest = cached(tmp_path)
        for age, path in enumerate(sorted(newest)):
            os.utime(path, (age + 1, age + 1))
        load(tmp_path, image_size=2)
        load(tmp_path, image_size=20)
        sizes = {path.name.split("-")[1] for path in cached(tmp_path)}
        assert sizes == {"2px", "4px", "5px", "6px", "7px", "8px", "9px", "20px"}


def test_progress_counts_up_to_the_end(tmp_path: Path) -> None:
    make_image_folder(tmp_path, classes={"cat": 150, "dog": 150}, height=2, width=2)
    heard: list[DatasetProgress] = []
    load(tmp_path, on_progress=heard.append)
    counts = [progress.done for progress in heard]
    assert counts == sorted(counts)
    assert counts[-1] == 300
    assert heard[-1].message == "decoding pets: 300 of 300 images"


class TestSkippingWhatCannotBeUsed:
    @pytest.fixture
    def train(self, tmp_path: Path) -> Path:
        """Of 8 images, 3 are torn: the first and last of a class, and one of the other."""
        train = make_image_folder(tmp_path, classes={"cat": 4, "dog": 4})
        for path in (train / "cat" / "000.png", train / "cat" / "003.png", train / "dog/001.png"):
            path.write_bytes(path.read_bytes()[:40])
        return train

    def test_the_rest_keeps_its_pixels_and_labels(self, train: Path, tmp_path: Path) -> None:
        dataset = load(tmp_path, skip_invalid=True)
        assert (len(dataset), dataset.skipped, dataset.labels.tolist()) == (5, 3, [0, 0, 1, 1, 1])
        for image, file in zip(
            dataset.images,
            ["cat/001.png", "cat/002.png", "dog/000.png", "dog/002.png", "dog/003.png"],
            strict=True,
        ):
            expected = np.asarray(Image.open(train / file)).transpose(2, 0, 1)
            np.testing.assert_array_equal(image.numpy(), expected)

    @pytest.mark.usefixtures("train")
    def test_the_second_time_nothing_is_decoded(self, tmp_path: Path) -> None:
        first = load(tmp_path, skip_invalid=True)
        heard: list[DatasetProgress] = []
        again = load(tmp_path, skip_invalid=True, on_progress=heard.append)
        assert heard == []
        assert (again.fingerprint(), again.skipped) == (first.fingerprint(), 3)

    def test_what_was_torn_counts_again_once_it_is_whole(self, train: Path, tmp_path: Path) -> None:
        load(tmp_path, skip_invalid=True)
        shutil.copy(train / "dog" / "000.png", train / "dog" / "001.png")
        assert load(tmp_path, skip_invalid=True).skipped == 2

    @pytest.mark.usefixtures("train")
    def test_others_are_still_refused(self, tmp_path: Path) -> None:
        load(tmp_path, skip_invalid=True)
        with pytest.raises(InvalidDatasetError, match=r"^3 of 8 images"):
            load(tmp_path)

    def test_whole_sets_are_decoded_once_for_both(self, tmp_path: Path) -> None:
        make_image_folder(tmp_path)
        load(tmp_path)
        assert decoded_images(tmp_path, skip_invalid=True) == 0

    def test_pipes_are_left_out(self, tmp_path: Path) -> None:
        train = make_image_folder(tmp_path)
        os.mkfifo(train / "dog" / "pipe.png")
        dataset = load(tmp_path, skip_invalid=True)
        assert (len(dataset), dataset.skipped) == (6, 1)

    def test_of_pipes_only_those_that_are_chosen_count(self, tmp_path: Path) -> None:
        train = make_image_folder(tmp_path)
        os.mkfifo(train / "dog" / "pipe.png")
        found = [load(tmp_path, skip_invalid=True, max_images=4, seed=seed) for seed in range(1, 5)]
        assert [len(dataset) + dataset.skipped for dataset in found] == [4] * 4
        assert {dataset.skipped for dataset in found} == {0, 1}

    def test_another_size_is_no_fault_that_is_skipped(self, train: Path, tmp_path: Path) -> None:
        make_image(height=5, width=7).save(train / "dog" / "odd.png")
        with pytest.raises(InvalidDatasetError, match=r"odd\.png has 5×7 pixels"):
            load(tmp_path, skip_invalid=True)

    def test_what_may_not_be_read_is_no_fault_that_is_skipped(
        self, train: Path, tmp_path: Path
    ) -> None:
        closed = train / "dog" / "002.png"
        with as_nobody(closed), pytest.raises(InvalidDatasetError, match=r"dog/002\.png cannot"):
            load(tmp_path, skip_invalid=True)

    def test_a_class_of_which_nothing_is_left_is_refused(self, train: Path, tmp_path: Path) -> None:
        for path in (train / "cat").iterdir():
            path.write_bytes(b"torn")
        with pytest.raises(InvalidDatasetError, match=r"no image of class 'cat' .*can be used"):
            load(tmp_path, skip_invalid=True)

    @pytest.mark.usefixtures("train")
    def test_which_are_chosen_does_not_depend_on_what_is_torn(self, tmp_path: Path) -> None:
        bounded = load(tmp_path, skip_invalid=True, max_images=6, seed=3)
        assert len(bounded) + bounded.skipped == 6
