"""Looks at one file: reads it once, decodes it, and keeps what the report needs of it."""

import hashlib
import os
import threading
from contextlib import nullcontext
from io import BufferedReader, BytesIO
from typing import BinaryIO, NamedTuple, cast

import numpy as np
from PIL import Image

from store.image_folder import UNREADABLE, ImageSize
from worker.datasets.decoding import (
    MOST_BITS,
    MOST_PIXELS,
    ImageError,
    decode_at_least,
    deep_values,
    fit_square,
    is_deep,
    opened_image,
    upright_rgb,
)
from worker.datasets.inspection.pixel_counts import Counts, count_values_of
from worker.datasets.subset import Bytes

SIDE = 32
"""Of the squares that are kept of each image for a moment."""
_MOST_BYTES = 2**26
"""A larger file is not read into memory at once."""
_LARGE_PIXELS = 2**22
"""Larger images are decoded one at a time, and JPEGs at a fraction that still has as many."""
_LARGE_SIDE = 1024
_DIGESTS = 2**64
_large = threading.Lock()


class Picture(NamedTuple):
    """What was seen of an image that can be used.

    One is made for each: a tuple is the cheapest to make.
    """

    size: ImageSize
    """Upright."""
    mode: str
    turned: bool
    transparent: bool
    animated: bool
    large: bool
    """Only a fraction of it can be decoded."""
    black: bool
    constant: bool
    """All pixels have one colour."""
    pixels: int
    """Tells size and pixels from others, as long as this process lives."""
    square: Bytes
    """[SIDE, SIDE, 3]."""
    counts: Counts | None
    """None where the square is the whole image."""


class Look(NamedTuple):
    """One file: its content and its picture, or what is wrong with it."""

    bytes: int
    sha256: str | None
    """None if it cannot be read."""
    changed_ns: int = 0
    """When the file was changed last."""
    deep: int | None = None
    """The most value of a pixel, where these have more than 8 bits."""
    picture: Picture | None = None
    error: ImageError | None = None
    """Without picture and error, it has to be looked at again when the range is known."""


def look_at(path: str, deep_bits: int | None = None) -> Look:
    """Read a file and look at it.

    Args:
        path: the file.
        deep_bits: how many bits images with more than 8 use; None if that is not known yet.
    """
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  many small ones
            status = os.fstat(file.fileno())
            changed_ns = status.st_mtime_ns
            if status.st_size > _MOST_BYTES:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                seen = Look(bytes=status.st_size, sha256=sha256, changed_ns=changed_ns)
                return _decoded(BufferedReader(file), seen, deep_bits)
            content = file.readall()
    except OSError as error:
        reason = ImageError(error.strerror or str(error))
        return Look(bytes=0, sha256=None, error=reason)
    sha256 = hashlib.sha256(content).hexdigest()
    seen = Look(bytes=len(content), sha256=sha256, changed_ns=changed_ns)
    return _decoded(BytesIO(content), seen, deep_bits)


def _decoded(source: BinaryIO, seen: Look, deep_bits: int | None) -> Look:
    picture = deep = None
    try:
        with opened_image(source) as image:
            large = image.width * image.height > _LARGE_PIXELS
            with _large if large else nullcontext():
                if is_deep(image) and deep_bits is None:
                    deep = int(deep_values(image).max())
                else:
                    picture = _picture(image, deep_bits or MOST_BITS)
    except ImageError as error:
        return seen._replace(error=error)
    return seen._replace(deep=deep, picture=picture)


def _picture(image: Image.Image, deep_bits: int) -> Picture:
    width, height = image.size
    mode = image.mode
    if min(width, height) > 2 * _LARGE_SIDE:
        decode_at_least(image, _LARGE_SIDE)
    rgb, orientation = upright_rgb(image, deep_bits)
    content = rgb.tobytes()
    is_square = rgb.size == (SIDE, SIDE)
    one_colour = _only_colour(rgb)
    return Picture(
        size=ImageSize(width, height) if orientation > 4 else ImageSize(height, width),
        mode=mode,
        turned=orientation > 1,
        transparent=image.has_transparency_data and _shows_through(image),
        animated=_has_frames(image),
        large=width * height > MOST_PIXELS,
        black=one_colour == (0, 0, 0),
        constant=one_colour is not None,
        pixels=hash((rgb.size, content)) % _DIGESTS,
        square=_square(content) if is_square else np.asarray(fit_square(rgb, SIDE)),
        counts=None if is_square else count_values_of(rgb),
    )


def _shows_through(image: Image.Image) -> bool:
    least, _ = _extrema(image.convert("RGBA"))[3]
    return least < 255


def _only_colour(rgb: Image.Image) -> tuple[int, ...] | None:
    """Return the colour that all pixels have, if they have one."""
    if rgb.getpixel((0, 0)) != rgb.getpixel((rgb.width // 2, rgb.height // 2)):
        return None  # of nearly all images
    extrema = _extrema(rgb)
    same = all(least == most for least, most in extrema)
    return tuple(least for least, _ in extrema) if same else None


def _extrema(image: Image.Image) -> tuple[tuple[int, int], ...]:
    """Return the least and the most value of each channel of an image with 8 bits."""
    return cast("tuple[tuple[int, int], ...]", image.getextrema())


def _has_frames(image: Image.Image) -> bool:
    if image.format == "JPEG":  # the others are thumbnails and depth maps
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except UNREADABLE:
        return True


def _square(content: bytes) -> Bytes:
    return np.frombuffer(content, dtype=np.uint8).reshape(SIDE, SIDE, 3)
