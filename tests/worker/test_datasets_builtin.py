"""The built-in data sets: digits from a package, CIFAR and SVHN downloaded in small copies."""

import hashlib
import pickle
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch
from torchvision.datasets import CIFAR10, CIFAR100, SVHN

from store.catalogue import (
    BUILTIN_DATASETS,
    BUILTIN_TEST_IMAGES,
    DOWNLOADED_AS,
    DatasetUnavailableError,
    InvalidDatasetError,
)
from store.image_folder import Split
from tests.support.web import serve_folder
from worker.datasets import DatasetProgress
from worker.datasets.builtin import PublishedSet, cifar, published_sets, read_published, svhn
from worker.datasets.loading import load_dataset
from worker.datasets.request import DatasetRequest, ignore_progress


def md5_of(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)


def small_cifar(web: Path, url: str) -> type[CIFAR10]:
    """Put an archive as CIFAR-10's on the web: 6 images in two batches, 2 to test with."""
    batches = web / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    contents = {
        "data_batch_1": {"data": noise(6)[:3].reshape(3, -1), "labels": [0, 1, 0]},
        "data_batch_2": {"data": noise(6)[3:].reshape(3, -1), "labels": [1, 1, 0]},
        "test_batch": {"data": noise(2).reshape(2, -1), "labels": [1, 0]},
        "batches.meta": {"label_names": ["cat", "dog"]},
    }
    for name, content in contents.items():
        (batches / name).write_bytes(pickle.dumps(content))
    with tarfile.open(web / "cifar.tar.gz", "w:gz") as tar:
        tar.add(batches, arcname=batches.name)
    checksums = {name: md5_of(batches / name) for name in contents}

    attributes = {
        "url": f"{url}/cifar.tar.gz",
        "filename": "cifar.tar.gz",
        "tgz_md5": md5_of(web / "cifar.tar.gz"),
        "train_list": [[name, checksums[name]] for name in ("data_batch_1", "data_batch_2")],
        "test_list": [["test_batch", checksums["test_batch"]]],
        "meta": {
            "filename": "batches.meta",
            "key": "label_names",
            "md5": checksums["batches.meta"],
        },
    }
    return type("SmallCifar", (CIFAR10,), attributes)


def small_svhn(web: Path, url: str) -> type[SVHN]:
    """Put files as SVHN's on the web; the digit 0 is written as 10."""
    web.mkdir(exist_ok=True)
    files = {"train": (noise(4), [10, 1, 2, 9]), "test": (noise(2), [10, 3])}
    entries = {}
    for split, (images, labels) in files.items():
        name = f"{split}_32x32.mat"
        scipy.io.savemat(web / name, {"X": images.transpose(2, 3, 1, 0), "y": labels})
        entries[split] = [f"{url}/{name}", name, md5_of(web / name)]
    return type("SmallSvhn", (SVHN,), {"split_list": entries})


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    return folder


@pytest.fixture
def url(web: Path) -> Iterator[str]:
    with serve_folder(web) as url:
        yield url


def ask(
    data_dir: Path,
    *,
    name: str = "cifar10",
    split: Split = "train",
    on_progress: Callable[[DatasetProgress], None] = ignore_progress,
) -> DatasetRequest:
    return DatasetRequest(
        name=name,
        data_dir=data_dir,
        split=split,
        image_size=None,
        max_images=None,
        seed=0,
        skip_invalid=False,
        on_progress=on_progress,
    )


@pytest.mark.parametrize("name", ["digits", "planted"])
def test_there_are_as_many_test_images_as_is_said_beforehand(name: str, tmp_path: Path) -> None:
    assert len(load_dataset(name, data_dir=tmp_path, split="test")) == BUILTIN_TEST_IMAGES[name]


class TestDigits:
    def test_are_grey_images_of_ten_classes(self, tmp_path: Path) -> None:
        digits = load_dataset("digits", data_dir=tmp_path)
        assert digits.images.shape == (BUILTIN_DATASETS["digits"].images, 3, 8, 8)
        assert digits.class_names == tuple("0123456789")
        assert torch.equal(digits.images[:, 0], digits.images[:, 2])
        assert (digits.images.min().item(), digits.images.max().item()) == (0, 255)

    def test_test_images_are_others_and_hold_every_class(self, tmp_path: Path) -> None:
        train, test = (
            load_dataset("digits", data_dir=tmp_path, split=split) for split in ("train", "test")
        )
        assert len(train) + len(test) == 1797
        assert torch.bincount(test.labels).min() >= 34
        seen = {image.numpy().tobytes() for image in train.images}
        assert not any(image.numpy().tobytes() in seen for image in test.images)
        assert (test.mean, test.std) == (train.mean, train.std)

    def test_are_resized_and_bounded(self, tmp_path: Path) -> None:
        digits = load_dataset("digits", data_dir=tmp_path, image_size=12, max_images=25)
        assert digits.images.shape == (25, 3, 12, 12)
        assert set(torch.bincount(digits.labels).tolist()) == {2, 3}

    def test_need_two_images_of_each(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidDatasetError, match="20"):
            load_dataset("digits", data_dir=tmp_path, max_images=19)


class TestDownload:
    def test_cifar_is_fetched_once_with_both_splits(
        self, tmp_path: Path, web: Path, url: str
    ) -> None:
        published = cifar(small_cifar(web, url))
        heard: list[DatasetProgress] = []
        train = read_published(published, ask(tmp_path, on_progress=heard.append))
        np.testing.assert_array_equal(train.images, noise(6))
        assert train.labels.tolist() == [0, 1, 0, 1, 1, 0]
        assert train.class_names == ("cat", "dog")
        assert heard[-1].message.startswith("downloading cifar10: ")
        assert heard[-1].done == heard[-1].total == (web / "cifar.tar.gz").stat().st_size

        (web / "cifar.tar.gz").unlink()
        test = read_published(published, ask(tmp_path, split="test"))
        np.testing.assert_array_equal(test.images, noise(2))

    def test_svhn_is_fetched_split_by_split(self, tmp_path: Path, web: Path, url: str) -> None:
        published = svhn(small_svhn(web, url))
        train = read_published(published, ask(tmp_path, name="svhn"))
        np.testing.assert_array_equal(train.images, noise(4))
        assert train.labels.tolist() == [0, 1, 2, 9]
        test = read_published(published, ask(tmp_path, name="svhn", split="test"))
        assert test.labels.tolist() == [0, 3]

    def test_damaged_file_is_fetched_again(self, tmp_path: Path, web: Path, url: str) -> None:
        published = cifar(small_cifar(web, url))
        read_published(published, ask(tmp_path))
        (tmp_path / "cifar-10-batches-py" / "data_batch_2").write_bytes(b"torn")
        assert len(read_published(published, ask(tmp_path)).labels) == 6

    def test_only_the_files_stay(self, tmp_path: Path, web: Path, url: str) -> None:
        read_published(cifar(small_cifar(web, url)), ask(tmp_path / "data"))
        assert [path.name for path in (tmp_path / "data").iterdir()] == ["cifar-10-batches-py"]

    def test_no_network_is_told_with_a_way_out(self, tmp_path: Path, web: Path) -> None:
        with serve_folder(web) as gone:
            published = cifar(small_cifar(web, gone))
        with pytest.raises(
            DatasetUnavailableError, match=r"'cifar10' is not on this machine .* folder of images"
        ):
            read_published(published, ask(tmp_path / "data"))
        assert list((tmp_path / "data").iterdir()) == []

    def test_missing_file_is_told(self, tmp_path: Path, web: Path, url: str) -> None:
        published = cifar(small_cifar(web, url))
        (web / "cifar.tar.gz").unlink()
        with pytest.raises(DatasetUnavailableError, match="404"):
            read_published(published, ask(tmp_path))

    def test_wrong_checksum_is_told_and_nothing_stays(
        self, tmp_path: Path, web: Path, url: str
    ) -> None:
        published = cifar(small_cifar(web, url))
        with (web / "cifar.tar.gz").open("ab") as file:
            file.write(b"more")
        with pytest.raises(DatasetUnavailableError, match="is not the published file"):
            read_published(published, ask(tmp_path / "data"))
        assert list((tmp_path / "data").iterdir()) == []

    def test_data_folder_that_cannot_be_written_is_told(
        self, tmp_path: Path, web: Path, url: str
    ) -> None:
        (tmp_path / "data").write_text("a file where the folder would be")
        with pytest.raises(DatasetUnavailableError, match="cannot be written"):
            read_published(cifar(small_cifar(web, url)), ask(tmp_path / "data"))


@pytest.mark.parametrize(
    ("name", "dataset"), [("cifar10", CIFAR10), ("cifar100", CIFAR100), ("svhn", SVHN)]
)
def test_catalogue_knows_where_torchvision_looks(name: str, dataset: type[CIFAR10 | SVHN]) -> None:
    published: PublishedSet = published_sets()[name]
    first = (
        Path(dataset.base_folder, dataset.train_list[0][0])
        if issubclass(dataset, CIFAR10)
        else Path(dataset.split_list["train"][1])
    )
    assert Path(DOWNLOADED_AS[name]) == published.folder / first
