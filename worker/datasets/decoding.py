"""One image file as an array of bytes, whatever its format, colours and orientation."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from store.image_folder import IMAGE_FORMATS, UNREADABLE
from worker.datasets.subset import Bytes

MOST_PIXELS = 2**26
"""A larger image is refused before it is decoded; it would fill the memory."""
_WHITE = 255
"""Of images with 8 bits a pixel."""
_PAGE = "white"
"""What shows through where an image is transparent."""


class ImageError(Exception):
    """The file is not a usable image; the message says why, without naming the file."""


def decode_image(path: Path, image_size: int | None) -> Bytes:
    """Decode a file into bytes [3, H, W].

    The image is turned as its EXIF orientation says. Transparent parts become white, and grey
    values of 16 bits keep their upper 8; where all of these are 0, the file was surely meant to
    have 8 bits, and is refused.

    Args:
        path: the file; of an animation the first frame is taken.
        image_size: the side of the square that `fit_square` makes of it; None for its own size.

    Raises:
        ImageError: the file cannot be read or decoded, or is too large.
    """
    try:
        with Image.open(path, formats=IMAGE_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ImageError(f"{image.width}×{image.height} pixels is too large")
            if image_size is not None:
                # JPEG can decode at 1/2, 1/4 or 1/8; twice the size leaves the resize its quality.
                image.draft(None, (2 * image_size, 2 * image_size))
            ImageOps.exif_transpose(image, in_place=True)
            upright = _to_rgb(image)
    except UnidentifiedImageError as error:
        raise ImageError(f"it is not in a supported format ({', '.join(IMAGE_FORMATS)})") from error
    except UNREADABLE as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"it cannot be decoded ({reason})") from error
    if image_size is not None:
        upright = fit_square(upright, image_size)
    return np.asarray(upright).transpose(2, 0, 1)


def fit_square(image: Image.Image, side: int) -> Image.Image:
    """Resize the shorter side to `side` pixels and cut the middle square out."""
    return ImageOps.fit(image, (side, side), method=Image.Resampling.BILINEAR)


def _to_rgb(image: Image.Image) -> Image.Image:
    image.load()
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if image.mode == "F":
        raise ImageError("floating-point pixels have no known range")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise ImageError("its pixels have more than 16 bits")
        if 0 < values.max() <= _WHITE:
            raise ImageError(
                f"it has 16 bits a pixel, but no value above {values.max()} of 65,535, so that it "
                "would be black; save it with 8 bits, or spread its values"
            )
        image = Image.fromarray((values >> 8).astype(np.uint8))
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, _PAGE)
        image = Image.alpha_composite(page, image.convert("RGBA"))
    return image.convert("RGB")
