"""A data set's name to tensors."""

from dataclasses import replace
from pathlib import Path

import torch

from pdarts_core.images.dataset import Channels, ImageDataset, channel_statistics
from store.catalogue import DatasetInfo, check_size, find_dataset
from store.image_folder import Split
from worker.datasets.builtin import PUBLISHED_STATISTICS, read_builtin
from worker.datasets.folder import read_folder
from worker.datasets.progress import DatasetProgress, OnProgress
from worker.datasets.request import DatasetRequest
from worker.datasets.subset import LabelledImages

Statistics = tuple[Channels, Channels]
"""The mean and the standard deviation of each channel."""


def ignore_progress(_: DatasetProgress) -> None:
    """Ignore a data set's progress."""


def load_dataset(
    name: str,
    *,
    data_dir: Path,
    split: Split = "train",
    image_size: int | None = None,
    max_images: int | None = None,
    seed: int = 0,
    statistics: Statistics | None = None,
    on_progress: OnProgress = ignore_progress,
) -> ImageDataset:
    """Load a built-in data set or a folder of images.

    Both splits are normalised with the statistics of the training images.

    Args:
        name: as the catalogue lists it.
        data_dir: where data sets, downloads and decoded images are kept.
        split: the images to train with, or those to test with.
        image_size: side of the squares that the images become: the shorter side is resized to it
            and the middle cut out. None: their own size, which must be the same for all.
        max_images: the most images, as many of each class; None for all.
        seed: chooses the images where `max_images` bounds them.
        statistics: what to normalise with, where that is known; else the training images are read.
        on_progress: called during downloads and decoding; an exception from it ends the loading.

    Raises:
        UnknownDatasetError: there is no data set of this name.
        DatasetUnavailableError: its images are not here and cannot be fetched.
        InvalidDatasetError: its images cannot be used as a training set.
        ValueError: `image_size` or `max_images` is less than 1.
    """
    for bound in (image_size, max_images):
        if bound is not None and bound < 1:
            raise ValueError("image_size and max_images must be at least 1")
    info = find_dataset(data_dir, name)
    request = DatasetRequest(
        name=name,
        data_dir=data_dir,
        split=split,
        image_size=image_size,
        max_images=max_images,
        seed=seed,
        on_progress=on_progress,
    )
    loaded = _read(info, request)
    mean, std = statistics or _statistics(info, request, loaded)
    return ImageDataset(
        name=name,
        images=torch.from_numpy(loaded.images),
        labels=torch.from_numpy(loaded.labels),
        class_names=loaded.class_names,
        mean=mean,
        std=std,
    )


def _read(info: DatasetInfo, request: DatasetRequest) -> LabelledImages:
    check_size(info, request.max_images)
    return read_folder(request) if info.kind == "folder" else read_builtin(request)


def _statistics(info: DatasetInfo, request: DatasetRequest, loaded: LabelledImages) -> Statistics:
    if info.name in PUBLISHED_STATISTICS:
        return PUBLISHED_STATISTICS[info.name]
    if request.split != "train":
        loaded = _read(info, replace(request, split="train"))
    return channel_statistics(torch.from_numpy(loaded.images))
