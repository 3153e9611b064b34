"""The built-in data sets: digits, planted images, and CIFAR and SVHN as torchvision reads them."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from joblib import cpu_count
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from pdarts_core.images.dataset import Channels
from store.image_folder import Split
from worker.datasets.decoding import fit_square
from worker.datasets.download import PublishedFile, download
from worker.datasets.planted import far_repeats
from worker.datasets.request import DatasetRequest
from worker.datasets.subset import Bytes, LabelledImages, balanced_subset

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10, SVHN

PUBLISHED_STATISTICS: Mapping[str, tuple[Channels, Channels]] = MappingProxyType(
    {
        "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
        "cifar100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    }
)
"""Means and deviations that everyone normalises CIFAR with; those of other sets are computed."""
_DIGITS_TEST_SHARE = 0.2
_PLANTED: Mapping[Split, int] = MappingProxyType({"train": 2040, "test": 1020})
"""Images of the planted set."""
_MOST_GREY = 16
"""White in the digits, which have 17 shades."""


@dataclass(frozen=True, kw_only=True)
class PublishedSet:
    """A data set that torchvision reads."""

    folder: str
    """Where its files are in the data folder, as torchvision's `root`."""
    read: Callable[[Path, Split], LabelledImages]
    """Reads checked files; RuntimeError if one is missing or is not what was published."""
    files: Callable[[Split], Sequence[PublishedFile]]
    """What to download for a split."""


def read_builtin(request: DatasetRequest) -> LabelledImages:
    """Read a built-in data set, downloading it if it is not there.

    Raises:
        DatasetUnavailableError: it cannot be downloaded.
    """
    if request.name == "digits":
        loaded = read_digits(request.split)
    elif request.name == "planted":
        loaded = far_repeats(_PLANTED[request.split], seed=list(_PLANTED).index(request.split))
    else:
        loaded = read_published(published_sets()[request.name], request)
    chosen = loaded.take(balanced_subset(loaded.labels, request.max_images, request.seed))
    return _resized(chosen, request.image_size)


def read_digits(split: Split) -> LabelledImages:
    """Return scikit-learn's scans of handwritten digits, 8×8, grey in all three channels.

    They have no split of their own: every fifth image of a class is held out for testing.
    """
    scans = load_digits()
    images = np.rint(scans.images * (255 / _MOST_GREY)).astype(np.uint8)
    parts = train_test_split(
        np.arange(len(images)),
        test_size=_DIGITS_TEST_SHARE,
        stratify=scans.target,
        random_state=0,
    )
    indices = np.sort(parts[("train", "test").index(split)])
    return LabelledImages(
        images=np.repeat(images[indices, None], 3, axis=1),
        labels=scans.target[indices].astype(np.int64),
        class_names=tuple(str(name) for name in scans.target_names),
    )


def read_published(published: PublishedSet, request: DatasetRequest) -> LabelledImages:
    """Read a published data set, downloading it if it is missing or damaged.

    Raises:
        DatasetUnavailableError: it cannot be downloaded.
    """
    root = request.data_dir / published.folder
    try:
        return published.read(root, request.split)
    except RuntimeError:
        download(request.name, published.files(request.split), root, request.on_progress)
    return published.read(root, request.split)


def cifar(dataset: "type[CIFAR10]") -> PublishedSet:
    """Describe one of the two CIFAR sets; both splits come in one archive."""

    def read(root: Path, split: Split) -> LabelledImages:
        loaded = dataset(root, train=split == "train")
        return LabelledImages(
            images=np.ascontiguousarray(loaded.data.transpose(0, 3, 1, 2)),
            labels=np.array(loaded.targets, dtype=np.int64),
            class_names=tuple(loaded.classes),
        )

    archive = PublishedFile(url=dataset.url, filename=dataset.filename, md5=dataset.tgz_md5)
    return PublishedSet(folder="", read=read, files=lambda _: [archive])


def svhn(dataset: "type[SVHN]") -> PublishedSet:
    """Describe SVHN: a file for each split."""

    def read(root: Path, split: Split) -> LabelledImages:
        loaded = dataset(root, split=split)
        return LabelledImages(
            images=np.ascontiguousarray(loaded.data),
            labels=loaded.labels.astype(np.int64),
            class_names=tuple(str(digit) for digit in range(10)),
        )

    def files(split: Split) -> Sequence[PublishedFile]:
        url, filename, md5 = dataset.split_list[split]
        return [PublishedFile(url=url, filename=filename, md5=md5)]

    return PublishedSet(folder="svhn", read=read, files=files)


@cache
def published_sets() -> Mapping[str, PublishedSet]:
    """Return the published data sets by name."""
    # Importing it takes as long as torch itself, and most workers never need it.
    from torchvision.datasets import CIFAR10, CIFAR100, SVHN  # noqa: PLC0415

    return MappingProxyType(
        {"cifar10": cifar(CIFAR10), "cifar100": cifar(CIFAR100), "svhn": svhn(SVHN)}
    )


def _resized(loaded: LabelledImages, image_size: int | None) -> LabelledImages:
    if image_size is None or loaded.images.shape[2:] == (image_size, image_size):
        return loaded
    images = np.empty((len(loaded.images), 3, image_size, image_size), dtype=np.uint8)
    with ThreadPoolExecutor(cpu_count()) as pool:
        resized = pool.map(partial(_resize, image_size=image_size), loaded.images)
        for position, image in enumerate(resized):
            images[position] = image
    return LabelledImages(images=images, labels=loaded.labels, class_names=loaded.class_names)


def _resize(image: Bytes, image_size: int) -> Bytes:
    resized = fit_square(Image.fromarray(image.transpose(1, 2, 0)), image_size)
    return np.asarray(resized).transpose(2, 0, 1)
