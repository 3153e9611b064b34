"""A folder of images as a data set: which files it has, and of which class each is."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from store.catalogue import DatasetUnavailableError, InvalidDatasetError
from store.folder_facts import find_root
from store.image_folder import Split, class_folders, split_folder, walk_files
from store.image_names import is_image, same_text, shown_name
from worker.datasets.folder_arrays import read_images
from worker.datasets.progress import DatasetProgress
from worker.datasets.request import DatasetRequest
from worker.datasets.subset import Indices, LabelledImages, balanced_subset


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageFiles:
    """The images of a split, class by class."""

    files: Sequence[Path]
    labels: Indices
    class_names: tuple[str, ...]
    left_out: Sequence[Path]
    """Files among them that are not named like images."""


def read_folder(request: DatasetRequest) -> LabelledImages:
    """Read the images of `<data_dir>/<name>/<split>/<class>/**/`.

    They are decoded once into a cache beside the data sets, which is valid until a file is added,
    removed or changed. Images that are not used because of `max_images` are not decoded.

    Raises:
        DatasetUnavailableError: there is no such split, or the disk refuses or is full.
        InvalidDatasetError: files are corrupt (all of them are found, ten are named), a class is
            empty, or the images differ in size and no `image_size` is given.
    """
    try:
        found = find_images(request)
        chosen = balanced_subset(found.labels, request.max_images, request.seed)
        regular = _regular(found.files, chosen) if request.skip_invalid else chosen
        decoded = read_images(request, [found.files[place] for place in regular])
    except OSError as error:
        where = f"{_shown(error.filename, request)}: " if error.filename else ""
        reason = error.strerror or error
        raise DatasetUnavailableError(f"data set {request.name!r}: {where}{reason}") from error
    loaded = LabelledImages(
        images=decoded.images,
        labels=found.labels[regular][decoded.usable],
        class_names=found.class_names,
        skipped=len(chosen) - len(decoded.usable),
    )
    if loaded.skipped:
        _check_rest(loaded, request)
    return loaded


def find_images(request: DatasetRequest) -> ImageFiles:
    """Find the images of a split; the classes are always those of the training images.

    Raises:
        DatasetUnavailableError: there is no such split.
        InvalidDatasetError: a class has no images, or only the test images have it.
        OSError: a folder cannot be read.
    """
    root = find_root(request.data_dir, request.name)
    class_names = [same_text(folder.name) for folder in _class_folders(root, "train")]
    folders = _class_folders(root, request.split)
    if not folders:
        raise DatasetUnavailableError(
            f"data set {request.name!r} has no class folders in {request.name}/{request.split}"
        )
    files: list[Path] = []
    left_out: list[Path] = []
    labels: list[int] = []
    for folder in folders:
        name = same_text(folder.name)
        if name not in class_names:
            raise InvalidDatasetError(
                f"class {shown_name(name)!r} of {request.name!r} has test images but no training "
                "images"
            )
        images = _images_of_class(folder, left_out, request)
        files += images
        labels += [class_names.index(name)] * len(images)
    _tell_left_out(left_out, request)
    return ImageFiles(
        files=files,
        labels=np.array(labels, dtype=np.int64),
        class_names=tuple(map(shown_name, class_names)),
        left_out=left_out,
    )


def _regular(files: Sequence[Path], chosen: Indices) -> Indices:
    """Leave out what is named like an image, and is neither file nor folder."""
    is_file = [stat.S_ISREG(files[place].stat().st_mode) for place in chosen]
    regular: Indices = chosen[np.array(is_file, dtype=bool)]
    return regular


def _check_rest(loaded: LabelledImages, request: DatasetRequest) -> None:
    """Refuse a split of which too little can be used."""
    left = np.bincount(loaded.labels, minlength=len(loaded.class_names))
    missing = [name for name, images in zip(loaded.class_names, left, strict=True) if not images]
    if request.split == "train" and missing:
        whose = f"class {missing[0]!r} of {request.name!r}"
        if request.max_images is None:
            raise InvalidDatasetError(f"no image of {whose} can be used")
        raise InvalidDatasetError(f"max_images chose no usable image of {whose}; raise max_images")
    if not len(loaded.labels):
        raise InvalidDatasetError(f"no {request.split} image of {request.name!r} can be used")


def _class_folders(root: Path, split: Split) -> Sequence[Path]:
    folder = split_folder(root, split)
    return class_folders(folder) if folder else ()


def _images_of_class(folder: Path, left_out: list[Path], request: DatasetRequest) -> list[Path]:
    images: list[Path] = []
    others: list[Path] = []
    for path in walk_files(folder, on_error=_raise):
        (images if is_image(path) else others).append(path)
    if not images:
        hint = f"; {_shown(others[0], request)} is not named like an image" if others else ""
        raise InvalidDatasetError(f"{_shown(folder, request)} has no images{hint}")
    left_out += others
    return images


def _tell_left_out(left_out: Sequence[Path], request: DatasetRequest) -> None:
    if left_out:
        first = _shown(left_out[0], request)
        message = (
            f"skipped {first}, which is not an image"
            if len(left_out) == 1
            else f"skipped {len(left_out):,} files that are not images, such as {first}"
        )
        request.on_progress(DatasetProgress(message=message))


def _shown(path: Path | str, request: DatasetRequest) -> str:
    return shown_name(os.path.relpath(path, request.data_dir))


def _raise(error: OSError) -> None:
    raise error
