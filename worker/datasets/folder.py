"""A folder of images as a data set: found, decoded in parallel, and kept as an array of bytes."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from store.catalogue import DatasetUnavailableError, InvalidDatasetError
from store.folder_facts import find_root
from store.image_folder import ImageSize, Split, class_folders, split_folder, walk_files
from store.image_names import is_image, same_text, shown_name
from worker.datasets.array_cache import ArrayCache
from worker.datasets.decoding import DeepImageFound, ImageError, decode_image
from worker.datasets.deep_images import find_deep_bits
from worker.datasets.progress import DatasetProgress, ProgressReporter
from worker.datasets.request import DatasetRequest
from worker.datasets.subset import Bytes, Indices, LabelledImages, balanced_subset
from worker.datasets.waves import map_in_waves

CACHE_FOLDER = ".cache"
"""Where in the data folder decoded images are kept."""
_DECODING_VERSION = b"2"
"""Changes with the way images are decoded, so that older arrays are not used."""
_PART_IMAGES = 64
"""What a thread decodes at once: with fewer small images, threads mostly wait for each other."""
_PART_BYTES = 2**23
_Decode = Callable[[Path], Bytes]
_FAULTS_TOLD = 10
"""Of files that cannot be used; the others are counted."""


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
        files = [found.files[index] for index in chosen]
        images = _read_images(request, files)
    except OSError as error:
        where = f"{_shown(error.filename, request)}: " if error.filename else ""
        reason = error.strerror or error
        raise DatasetUnavailableError(f"data set {request.name!r}: {where}{reason}") from error
    return LabelledImages(images=images, labels=found.labels[chosen], class_names=found.class_names)


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


def _read_images(request: DatasetRequest, files: Sequence[Path]) -> Bytes:
    cache = ArrayCache(request.data_dir / CACHE_FOLDER / request.name)
    group = _group(request)
    fingerprint = _fingerprint(request, files)
    cached = cache.load(group, fingerprint)
    if cached is not None:
        return cached
    build = partial(_build, cache, group, fingerprint, files, request)
    try:
        return build(deep_bits=None)
    except DeepImageFound:
        return build(deep_bits=_find_deep_bits(request))


def _build(
    cache: ArrayCache,
    group: str,
    fingerprint: str,
    files: Sequence[Path],
    request: DatasetRequest,
    *,
    deep_bits: int | None,
) -> Bytes:
    decode = partial(decode_image, image_size=request.image_size, deep_bits=deep_bits)
    size = _size_of(files, decode)
    shape = (len(files), 3, *size)
    return cache.build(group, fingerprint, shape, _decoded_parts(request, files, size, decode))


def _find_deep_bits(request: DatasetRequest) -> int:
    """Find the range of all images, so that both splits are scaled alike, whichever are used."""
    root = find_root(request.data_dir, request.name)
    folders = [*_class_folders(root, "train"), *_class_folders(root, "test")]
    files = [path for folder in folders for path in walk_files(folder) if is_image(path)]
    action = f"looking for the range of {request.name}"
    return find_deep_bits(files, action, request.on_progress)


def _group(request: DatasetRequest) -> str:
    size = f"{request.image_size}px" if request.image_size else "own-size"
    bound = "all" if request.max_images is None else f"{request.max_images}-seed{request.seed}"
    return f"{request.split}-{size}-{bound}"


def _fingerprint(request: DatasetRequest, files: Sequence[Path]) -> str:
    digest = hashlib.sha256(_DECODING_VERSION)
    for path in files:
        try:
            status = path.stat()
        except OSError as error:
            raise _unusable(path, error.strerror or str(error), request) from error
        if not stat.S_ISREG(status.st_mode):
            raise _unusable(path, "it is not a regular file", request)
        name = os.fsencode(path.relative_to(request.data_dir))
        digest.update(b"%d %b %d %d\n" % (len(name), name, status.st_size, status.st_mtime_ns))
    return digest.hexdigest()[:32]


def _size_of(files: Sequence[Path], decode: _Decode) -> ImageSize:
    """Return the size of the first image that has one; the others are told of with all faults."""
    for path in files:
        try:
            _, height, width = decode(path).shape
        except ImageError:
            continue
        return ImageSize(height, width)
    return ImageSize(1, 1)


def _decoded_parts(
    request: DatasetRequest, files: Sequence[Path], size: ImageSize, decode: _Decode
) -> Iterator[Bytes]:
    decode_part = partial(_decode_part, request=request, size=size, decode=decode)
    faults: list[str] = []
    unusable = 0
    length = max(1, min(_PART_IMAGES, _PART_BYTES // (3 * size.height * size.width)))
    parts = [files[start : start + length] for start in range(0, len(files), length)]
    action = f"decoding {request.name}"
    reporter = ProgressReporter(request.on_progress, action, len(files), "images")
    for part in map_in_waves(decode_part, parts, "decode"):
        unusable += len(part.faults)
        faults += part.faults[: _FAULTS_TOLD - len(faults)]
        yield part.images
        reporter.advance(len(part.images))
    if faults:
        raise InvalidDatasetError(_all_told(faults, unusable, len(files), request))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """Images that a thread decoded, and what is wrong with those that could not be used."""

    images: Bytes
    faults: Sequence[str]


def _decode_part(
    files: Sequence[Path], request: DatasetRequest, size: ImageSize, decode: _Decode
) -> _Part:
    images = np.zeros((len(files), 3, *size), dtype=np.uint8)
    faults: list[str] = []
    for position, path in enumerate(files):
        try:
            image = decode(path)
        except ImageError as error:
            faults.append(f"{_shown(path, request)} cannot be used: {error}")
            continue
        if image.shape == images.shape[1:]:
            images[position] = image
        else:
            other = ImageSize(*image.shape[1:])
            faults.append(
                f"{_shown(path, request)} has {other} pixels (height × width), others {size}: set "
                "image_size to resize them all to one size"
            )
    return _Part(images=images, faults=faults)


def _all_told(faults: Sequence[str], unusable: int, files: int, request: DatasetRequest) -> str:
    if unusable == 1:
        return faults[0]
    more = unusable - len(faults)
    rest = f"; and {more:,} more" if more else ""
    told = "; ".join(faults)
    return f"{unusable:,} of {files:,} images of {request.name!r} cannot be used: {told}{rest}"


def _unusable(path: Path, reason: str, request: DatasetRequest) -> InvalidDatasetError:
    return InvalidDatasetError(f"{_shown(path, request)} cannot be used: {reason}")


def _shown(path: Path | str, request: DatasetRequest) -> str:
    return shown_name(os.path.relpath(path, request.data_dir))


def _raise(error: OSError) -> None:
    raise error
