"""The images of a folder as one array: decoded in parallel, and kept until a file changes."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from store.catalogue import InvalidDatasetError
from store.folder_facts import find_root
from store.image_folder import ImageSize, class_folders, split_folder, walk_files
from store.image_names import is_image, shown_name
from worker.datasets.array_cache import ArrayCache
from worker.datasets.decoding import DeepImageFound, ImageError, decode_image
from worker.datasets.deep_images import find_deep_bits
from worker.datasets.progress import ProgressReporter
from worker.datasets.request import DatasetRequest
from worker.datasets.subset import Bytes
from worker.datasets.waves import map_in_waves, threads_for

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
class DecodedFiles:
    """Files as images."""

    images: Bytes
    """[N, 3, H, W]."""
    usable: Sequence[int]
    """The places of these N among the files: of all of them, unless some were to be left out."""


def read_images(request: DatasetRequest, files: Sequence[Path]) -> DecodedFiles:
    """Decode files, or take what was decoded before.

    Raises:
        InvalidDatasetError: files cannot be used (all of them are found, ten are named), or differ
            in size and no `image_size` is given.
        OSError: the disk refuses, or is full.
    """
    cache = ArrayCache(request.data_dir / CACHE_FOLDER / request.name)
    fingerprint = _fingerprint(request, files)
    known = _load(cache, request, fingerprint, len(files))
    if known is not None:
        return known
    build = partial(_build, cache, fingerprint, files, request)
    try:
        return build(deep_bits=None)
    except DeepImageFound:
        return build(deep_bits=_find_deep_bits(request))


def _load(
    cache: ArrayCache, request: DatasetRequest, fingerprint: str, files: int
) -> DecodedFiles | None:
    images = cache.load(_group(request), fingerprint)
    if images is not None:
        return DecodedFiles(images=images, usable=range(files))
    if not request.skip_invalid:
        return None
    images = cache.load(_group_of_usable(request), fingerprint)
    usable = cache.load(_group_of_places(request), fingerprint)
    if images is None or usable is None:
        return None
    return DecodedFiles(images=images, usable=np.flatnonzero(usable).tolist())


def _build(
    cache: ArrayCache,
    fingerprint: str,
    files: Sequence[Path],
    request: DatasetRequest,
    *,
    deep_bits: int | None,
) -> DecodedFiles:
    decode = partial(decode_image, image_size=request.image_size, deep_bits=deep_bits)
    size = _size_of(files, decode)
    shape = (len(files), 3, *size)
    usable: list[int] = []
    parts = _decoded_parts(request, files, size, decode, usable)
    if not request.skip_invalid:
        images = cache.build(_group(request), fingerprint, shape, parts)
        return DecodedFiles(images=images, usable=usable)
    images = cache.build(_group_of_usable(request), fingerprint, shape, parts)
    places = np.zeros(len(files), dtype=np.uint8)
    places[usable] = 1
    cache.build(_group_of_places(request), fingerprint, places.shape, [places])
    return DecodedFiles(images=images, usable=usable)


def _find_deep_bits(request: DatasetRequest) -> int:
    """Find the range of all images, so that both splits are scaled alike, whichever are used."""
    root = find_root(request.data_dir, request.name)
    splits = [split_folder(root, split) for split in ("train", "test")]
    folders = [folder for split in splits if split for folder in class_folders(split)]
    found = [path for folder in folders for path in walk_files(folder) if is_image(path)]
    files = [path for path in found if path.is_file()]
    action = f"looking for the range of {request.name}"
    return find_deep_bits(files, action, request.on_progress)


def _group(request: DatasetRequest) -> str:
    size = f"{request.image_size}px" if request.image_size else "own-size"
    bound = "all" if request.max_images is None else f"{request.max_images}-seed{request.seed}"
    return f"{request.split}-{size}-{bound}"


def _group_of_usable(request: DatasetRequest) -> str:
    """Return the group of the images that are left where others cannot be used."""
    return f"{_group(request)}-usable"


def _group_of_places(request: DatasetRequest) -> str:
    """Return the group of what tells which files these are: [files], each 0 or 1."""
    return f"{_group(request)}-places"


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
    request: DatasetRequest,
    files: Sequence[Path],
    size: ImageSize,
    decode: _Decode,
    usable: list[int],
) -> Iterator[Bytes]:
    """Yield the images part by part; the places of the files that they are of go into `usable`."""
    decode_part = partial(_decode_part, request=request, size=size, decode=decode)
    faults: list[str] = []
    unusable = 0
    length = max(1, min(_PART_IMAGES, _PART_BYTES // (3 * size.height * size.width)))
    starts = range(0, len(files), length)
    parts = [files[start : start + length] for start in starts]
    action = f"decoding {request.name}"
    reporter = ProgressReporter(request.on_progress, action, len(files), "images")
    decoded = map_in_waves(decode_part, parts, threads=threads_for(files), name="decode")
    for start, part in zip(starts, decoded, strict=True):
        unusable += len(part.faults)
        faults += part.faults[: _FAULTS_TOLD - len(faults)]
        usable += [start + place for place in part.usable]
        yield part.images
        reporter.advance(part.files)
    if faults:
        raise InvalidDatasetError(_all_told(faults, unusable, len(files), request))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """Images that a thread decoded, and what is wrong with files that may not be left out."""

    files: int
    images: Bytes
    usable: Sequence[int]
    faults: Sequence[str]


def _decode_part(
    files: Sequence[Path], request: DatasetRequest, size: ImageSize, decode: _Decode
) -> _Part:
    images = np.empty((len(files), 3, *size), dtype=np.uint8)
    usable: list[int] = []
    faults: list[str] = []
    for place, path in enumerate(files):
        try:
            image = decode(path)
        except ImageError as error:
            if not request.skip_invalid or _is_of_the_disk(error):
                faults.append(f"{_shown(path, request)} cannot be used: {error}")
            continue
        if image.shape == images.shape[1:]:
            images[len(usable)] = image
            usable.append(place)
        else:
            other = ImageSize(*image.shape[1:])
            faults.append(
                f"{_shown(path, request)} has {other} pixels (height × width), others {size}: set "
                "image_size to resize them all to one size"
            )
    return _Part(files=len(files), images=images[: len(usable)], usable=usable, faults=faults)


def _is_of_the_disk(error: ImageError) -> bool:
    """Tell whether a file could not be read, which may be otherwise the next time."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno is not None


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
