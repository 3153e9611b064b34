"""Folders of images on disk: `<data set>/<split>/<class>/**/<image>`.

This module opens images only to read a size, so that an HTTP service can use it.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Literal, NamedTuple

from PIL import Image

from store.image_names import is_hidden, is_image, same_text

Split = Literal["train", "test"]

SPLIT_FOLDERS: Mapping[Split, Sequence[str]] = MappingProxyType(
    {"train": ("train",), "test": ("test", "val", "valid", "validation")}
)
"""How the folder of a split may be called, in any case; the first name that is there counts."""
LEAST_CLASSES = 2
"""Of a data set: a network that tells one class apart tells nothing."""


def _formats() -> tuple[str, ...]:
    always = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "GIF", "PPM", "TIFF")
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415  an extra: pdarts[heic]
    except ImportError:
        return always
    register_heif_opener()
    return (*always, "HEIF")


IMAGE_FORMATS = _formats()
"""The formats that are read, by Pillow's names, in the order in which they are tried."""
UNREADABLE = (
    Image.DecompressionBombError,
    EOFError,
    IndexError,
    KeyError,
    OSError,
    OverflowError,
    RuntimeError,
    struct.error,
    SyntaxError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What Pillow's readers are known to raise for damaged files."""
_EXIF_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
"""The orientations in which an image is shown turned by a quarter."""


class ImageSize(NamedTuple):
    """Height and width in pixels."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height}×{self.width}"


def split_folder(root: Path, split: Split) -> Path | None:
    """Return the folder of a split; None if there is none, or if it cannot be known."""
    try:
        paths = sorted(root.iterdir(), reverse=True)  # `train` comes last and counts, not `Train`
    except OSError:
        return None
    found = {path.name.lower(): path for path in paths if os.path.isdir(path)}  # noqa: PTH112
    return next((found[name] for name in SPLIT_FOLDERS[split] if name in found), None)


def class_folders(folder: Path) -> list[Path]:
    """Return the class folders of a split, by name; none if the split cannot be read."""
    try:
        visible = [path for path in folder.iterdir() if not is_hidden(path.name)]
    except OSError:
        return []
    # Not Path.is_dir, which raises for a link to where nobody may look, up to Python 3.13.
    found = [path for path in visible if os.path.isdir(path)]  # noqa: PTH112
    return sorted(found, key=lambda path: (same_text(path.name), path.name))


def walk_files(
    folder: Path,
    *,
    on_error: Callable[[OSError], None] | None = None,
    on_folder: Callable[[Path], None] | None = None,
) -> Iterator[Path]:
    """Yield the files in a folder and below it, in order, without hidden ones.

    Links are followed, but no folder is entered twice. Folders that cannot be read are skipped,
    unless `on_error` raises. `on_folder` is told of each folder that is looked into.
    """
    entered: set[tuple[int, int]] = set()
    for root, folders, files in os.walk(folder, followlinks=True, onerror=on_error):
        status = Path(root).stat()
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        if on_folder is not None:
            on_folder(Path(root))
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        yield from (Path(root, name) for name in sorted(files) if not is_hidden(name))


def first_image_size(folder: Path) -> ImageSize | None:
    """Return the size of a split's first image; None if there is none or it cannot be read."""
    files = (file for label in class_folders(folder) for file in walk_files(label))
    first = next(filter(is_image, files), None)
    if first is None or not os.path.isfile(first):  # noqa: PTH113  as above
        return None
    return size_of_image(first)


def size_of_image(file: Path | IO[bytes]) -> ImageSize | None:
    """Return the size of an image as it is to be seen; None if that cannot be read."""
    try:
        with Image.open(file, formats=IMAGE_FORMATS) as image:
            # Not PNG's own way, which decodes the whole image.
            turned = Image.Image.getexif(image).get(_EXIF_ORIENTATION) in _SIDEWAYS
            width, height = image.size
    except UNREADABLE:
        return None
    return ImageSize(width, height) if turned else ImageSize(height, width)
