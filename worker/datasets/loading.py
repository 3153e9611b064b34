"""A data set's name to tensors."""

from dataclasses import replace
from pathlib import Path
from typing import Unpack

import torch

from pdarts_core.images.dataset import Channels, ImageDataset, channel_statistics
from store.catalogue import DatasetInfo, check_size, find_dataset
from worker.datasets.builtin import PUBLISHED_STATISTICS, read_builtin
from worker.datasets.folder import read_folder
from worker.datasets.request import Choices, DatasetRequest
from worker.datasets.subset import LabelledImages

Statistics = tuple[Channels, Channels]
"""The mean and the standard deviation of each channel."""


def load_dataset(
    name: str,
    *,
    data_dir: Path,
    statistics: Statistics | None = None,
    **choices: Unpack[Choices],
) -> ImageDataset:
    """Load a built-in data set or a folder of images.

    Both splits are normalised with the statistics of the training images.

    Args:
        name: as the catalogue lists it.
        data_dir: where data sets, downloads and decoded images are kept.
        statistics: what to normalise with, where that is known; else the training images are read.
        choices: which images, and how, as DatasetRequest describes it.

    Raises:
        UnknownDatasetError: there is no data set of this name.
        DatasetUnavailableError: its images are not here and cannot be fetched.
        InvalidDatasetError: its images cannot be used as a training set.
        ValueError: `image_size` or `max_images` is less than 1.
    """
    request = DatasetRequest(name=name, data_dir=data_dir, **choices)
    info = find_dataset(data_dir, name)
    loaded = _read(info, request)
    mean, std = statistics or _statistics(info, request, loaded)
    return ImageDataset(
        name=name,
        images=torch.from_numpy(loaded.images),
        labels=torch.from_numpy(loaded.labels),
        class_names=loaded.class_names,
        mean=mean,
        std=std,
        skipped=loaded.skipped,
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
