"""Training images as tensors, with nothing but torch, torchvision and numpy.

The service has loaders of its own, which keep decoded images and tell of their progress; this one
runs wherever torch does.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision import datasets
from torchvision.transforms import functional as transforms

from pdarts_core.images.dataset import ImageDataset, channel_statistics

_PUBLISHED = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}


def load_images(
    name: str, *, data_dir: Path, image_size: int | None, max_images: int | None
) -> ImageDataset:
    """Load a training set.

    Args:
        name: digits (needs scikit-learn), cifar10 or cifar100 (downloaded if need be), or the path
            of a folder with `train/<class>/<image>`.
        data_dir: where downloaded sets lie.
        image_size: side of the squares that a folder's images become; None: their own size.
        max_images: the most images, as many of each class; None: all.
    """
    if name == "digits":
        images, labels, classes = _digits()
    elif name in _PUBLISHED:
        images, labels, classes = _published(name, data_dir)
    else:
        images, labels, classes = _folder(Path(name), image_size, max_images)
    chosen = _balanced(labels, max_images)
    mean, std = channel_statistics(images[chosen])
    return ImageDataset(
        name=Path(name).name,
        images=images[chosen].contiguous(),
        labels=labels[chosen],
        class_names=tuple(classes),
        mean=mean,
        std=std,
    )


def _digits() -> tuple[Tensor, Tensor, list[str]]:
    from sklearn.datasets import load_digits  # noqa: PLC0415  other sets do without

    digits = load_digits()
    grey = torch.from_numpy(digits.images * (255 / 16)).round().to(torch.uint8)
    images = grey[:, None].expand(-1, 3, -1, -1)
    return images, torch.from_numpy(digits.target).long(), list(map(str, range(10)))


def _published(name: str, data_dir: Path) -> tuple[Tensor, Tensor, list[str]]:
    loaded = _PUBLISHED[name](data_dir, train=True, download=True)
    images = torch.from_numpy(loaded.data).permute(0, 3, 1, 2)
    return images, torch.tensor(loaded.targets), loaded.classes


def _folder(
    folder: Path, image_size: int | None, max_images: int | None
) -> tuple[Tensor, Tensor, list[str]]:
    found = datasets.ImageFolder(str(folder / "train"))
    labels = torch.tensor(found.targets)
    chosen = _balanced(labels, max_images)
    images = []
    for index in chosen.tolist():
        image = found.loader(found.samples[index][0])
        if image_size is not None:
            image = transforms.resize(image, [image_size])
            image = transforms.center_crop(image, [image_size, image_size])
        images.append(np.asarray(image).transpose(2, 0, 1))
    return torch.from_numpy(np.stack(images)), labels[chosen], found.classes


def _balanced(labels: Tensor, most: int | None) -> Tensor:
    """Return the indices of the first images of each class, in order, `most` in all."""
    if most is None:
        return torch.arange(len(labels))
    each = most // int(labels.max() + 1)
    members = [
        (labels == label).nonzero().flatten()[:each] for label in sorted(set(labels.tolist()))
    ]
    return torch.cat(members).sort().values
