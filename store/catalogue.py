"""Which data sets there are: the built-in ones, and every folder of images in the data folder.

    DatasetError
    ├── UnknownDatasetError       no data set has this name
    ├── DatasetUnavailableError   its images are not here and cannot be fetched
    └── InvalidDatasetError       its images cannot be used as a training set
        └── TooFewImagesError     `max_images` leaves too few images

This module imports no torch, so that an HTTP service can use it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from store.folder_facts import find_root, read_facts, why_no_dataset
from store.image_counts import count_images
from store.image_folder import SPLIT_FOLDERS, ImageSize, Split, class_folders, split_folder
from store.image_names import same_text, shown_name

DatasetKind = Literal["builtin", "folder", "sent"]

LONGEST_NAME = 100
"""Bytes of a data set's name in UTF-8."""
NAME_RULE = (
    f"a name has at most {LONGEST_NAME} bytes, no slashes, no leading dot, and no leading or "
    "trailing spaces"
)
LEAST_IMAGES_PER_CLASS = 2
"""One image of each class trains the weights, one the alphas."""


class DatasetError(Exception):
    """A data set cannot be used; the message says why, for whoever asked for it."""


class UnknownDatasetError(DatasetError):
    """There is no data set of this name."""


class DatasetUnavailableError(DatasetError):
    """The images are not on this machine and cannot be fetched, or cannot be read."""


class InvalidDatasetError(DatasetError):
    """The images cannot be used as a training set: corrupt, of unequal sizes, without classes."""


class TooFewImagesError(InvalidDatasetError):
    """`max_images` leaves fewer images of a class than are needed."""


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """What is known about a data set without decoding it."""

    name: str
    kind: DatasetKind
    classes: int
    class_sizes: tuple[int, ...] | None
    """Training images of each class; None where counting would take long."""
    image_size: ImageSize | None
    """Of a folder, that of its first image; None where that cannot be read."""
    available: bool
    """Its images are on this machine, and can be read. A built-in set that is not is downloaded on
    first use."""
    test_classes: Mapping[str, int] | None = None
    """Test images of each class that has any, where they are known without looking for them."""
    fault: str | None = None
    """Of a folder: why nothing can be trained on it."""

    @property
    def images(self) -> int | None:
        """Training images; None where counting would take long."""
        return None if self.class_sizes is None else sum(self.class_sizes)


BUILTIN_DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        name: DatasetInfo(
            name=name,
            kind="builtin",
            classes=len(class_sizes),
            class_sizes=class_sizes,
            image_size=ImageSize(side, side),
            available=False,
        )
        for name, class_sizes, side in (
            ("digits", (142, 146, 142, 146, 145, 145, 145, 143, 139, 144), 8),
            ("planted", (340,) * 6, 16),
            ("cifar10", (5_000,) * 10, 32),
            ("cifar100", (500,) * 100, 32),
            ("svhn", (4_948, 13_861, 10_585, 8_497, 7_458, 6_882, 5_727, 5_595, 5_045, 4_659), 32),
        )
    }
)
BUILTIN_TEST_IMAGES: Mapping[str, int] = MappingProxyType(
    {"digits": 360, "planted": 1020, "cifar10": 10_000, "cifar100": 10_000, "svhn": 26_032}
)
DOWNLOADED_AS: Mapping[str, str] = MappingProxyType(
    {
        "cifar10": "cifar-10-batches-py/data_batch_1",
        "cifar100": "cifar-100-python/train",
        "svhn": "svhn/train_32x32.mat",
    }
)
"""Where a downloaded set is in the data folder: one of its files."""


def list_datasets(data_dir: Path) -> list[DatasetInfo]:
    """Return every data set: the built-in ones, then the folders by name.

    Raises:
        DatasetUnavailableError: the data folder cannot be read.
    """
    folders = [_describe_folder(data_dir, name) for name in list_folders(data_dir)]
    builtin = [_describe_builtin(data_dir, name) for name in BUILTIN_DATASETS]
    return builtin + [info for info in folders if info is not None]


def list_folders(data_dir: Path) -> list[str]:
    """Return the names of folders that may be data sets, in order.

    Raises:
        DatasetUnavailableError: the data folder cannot be read.
    """
    check_data_folder(data_dir)
    names = (path.name for path in class_folders(data_dir))
    return [name for name in names if is_valid_name(name) and name not in BUILTIN_DATASETS]


def find_dataset(data_dir: Path, name: str) -> DatasetInfo:
    """Return the data set of this name. A built-in one hides a folder of the same name.

    Raises:
        UnknownDatasetError: there is none.
        DatasetUnavailableError: it would be a folder, but the data folder cannot be read.
    """
    if name in BUILTIN_DATASETS:
        return _describe_builtin(data_dir, name)
    if not is_valid_name(name):
        raise UnknownDatasetError(f"{name!r} is not a valid data set name: {NAME_RULE}")
    check_data_folder(data_dir)
    info = _describe_folder(data_dir, name)
    if info is None:
        hint = why_no_dataset(find_root(data_dir, name))
        raise UnknownDatasetError(
            f"there is no data set {name!r}: it is not built in ({', '.join(BUILTIN_DATASETS)}), "
            f"you have not sent it, and the data folder has no images in {name}/train/<class>/"
            + (f"; {hint}" if hint else "")
        )
    return info


def check_data_folder(data_dir: Path) -> None:
    """Look into the data folder; one that does not exist yet counts as empty.

    Raises:
        DatasetUnavailableError: it cannot be read.
    """
    try:
        with os.scandir(data_dir) as entries:
            first = next(entries, None)
        if first is not None:
            # Fails in a folder that may be listed but not entered. The target of a link is ignored.
            first.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # or the first entry has just disappeared
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DatasetUnavailableError(f"the data folder cannot be read: {reason}") from error


def check_size(dataset: DatasetInfo, max_images: int | None) -> None:
    """Refuse what cannot be a training set, as far as is known without reading the images.

    Raises:
        TooFewImagesError: `max_images` is less than the data set's classes need.
        InvalidDatasetError: it has one class, a class without images, or cannot be read.
    """
    if dataset.fault is not None:
        raise InvalidDatasetError(dataset.fault)
    needed = LEAST_IMAGES_PER_CLASS * dataset.classes
    if max_images is not None and max_images < needed:
        raise TooFewImagesError(
            f"max_images is {max_images}, but data set {dataset.name!r} has {dataset.classes} "
            f"classes and needs at least {LEAST_IMAGES_PER_CLASS} images of each: {needed}"
        )


def has_test_images(data_dir: Path, dataset: DatasetInfo) -> bool:
    """Tell whether a data set has a test split, without opening any of its images.

    Raises:
        InvalidDatasetError: only the test images have a class, so no network could know it.
    """
    if dataset.test_classes is not None:
        return bool(dataset.test_classes)
    if dataset.kind == "builtin":
        return True
    train, test = (_class_names(data_dir, dataset, split) for split in SPLIT_FOLDERS)
    if unknown := sorted(test - train):
        raise InvalidDatasetError(
            f"class {shown_name(unknown[0])!r} of {dataset.name!r} has test images but no training "
            "images"
        )
    return bool(test)


def count_test_images(data_dir: Path, dataset: DatasetInfo) -> int | None:
    """Count a data set's test images, without opening any; None where that would take long."""
    if dataset.test_classes is not None:
        return sum(dataset.test_classes.values())
    if dataset.kind == "builtin":
        return BUILTIN_TEST_IMAGES[dataset.name]
    test = split_folder(find_root(data_dir, dataset.name), "test")
    try:
        sizes = () if test is None else count_images(test)
    except OSError:
        return None
    return None if sizes is None else sum(sizes)


def is_valid_name(name: str) -> bool:
    """Tell whether the name can be a data set's: a single visible folder."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return False
    return (
        0 < length <= LONGEST_NAME
        and name.isprintable()
        and name == name.strip()
        and not name.startswith(".")
        and not set(name) & set("/\\")
    )


def _describe_builtin(data_dir: Path, name: str) -> DatasetInfo:
    downloaded = DOWNLOADED_AS.get(name)
    # Not Path.is_file, which raises where a folder above may not be entered.
    available = downloaded is None or os.path.isfile(data_dir / downloaded)  # noqa: PTH113
    return replace(BUILTIN_DATASETS[name], available=available)


def _describe_folder(data_dir: Path, name: str) -> DatasetInfo | None:
    facts = read_facts(find_root(data_dir, name))
    if facts is None:
        return None
    return DatasetInfo(
        name=name,
        kind="folder",
        classes=len(facts.class_names),
        class_sizes=facts.class_sizes,
        image_size=facts.image_size,
        available=facts.readable,
        fault=facts.fault,
    )


def _class_names(data_dir: Path, dataset: DatasetInfo, split: Split) -> set[str]:
    folder = split_folder(find_root(data_dir, dataset.name), split)
    return {same_text(path.name) for path in class_folders(folder)} if folder else set()
