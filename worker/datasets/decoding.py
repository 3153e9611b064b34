"""One image file as an array of bytes, whatever its format, colours and orientation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from store.image_folder import IMAGE_FORMATS, UNREADABLE
from worker.datasets.subset import Bytes

MOST_PIXELS = 2**26
"""A larger image is refused before it is decoded; it would fill the memory."""
_WHITE = 255
"""Of images with 8 bits a pixel."""
_LEAST_WHITE = 16
"""Where no pixel of an image with 16 bits a channel comes up to this, it uses 12 bits or fewer."""
_UPRIGHT = 1
"""An EXIF orientation."""
MOST_BITS = 16
"""Of a pixel."""
_PAGE = "white"
"""What shows through where an image is transparent."""

_GREY = "grey becomes three equal channels"
_OVER_WHITE = "transparent parts become white"
_DEEP = "reduced to the upper 8 of the bits that the data set uses, as grey"
_CONVERTED = "converted to RGB without a colour profile"
MODES: Mapping[str, str] = MappingProxyType(
    {
        "1": f"black and white; {_GREY}",
        "L": _GREY,
        "LA": f"{_GREY}; {_OVER_WHITE}",
        "P": "the colours of the palette",
        "PA": f"the colours of the palette; {_OVER_WHITE}",
        "RGB": "kept as it is",
        "RGBA": _OVER_WHITE,
        "RGBa": _OVER_WHITE,
        "RGBX": "the fourth channel is left out",
        "CMYK": _CONVERTED,
        "YCbCr": _CONVERTED,
        "HSV": _CONVERTED,
        "LAB": "converted to sRGB",
        "I;16": _DEEP,
        "I;16L": _DEEP,
        "I;16B": _DEEP,
        "I;16N": _DEEP,
        "I": f"{_DEEP}; refused where a value needs more than 16 bits",
        "F": "refused: its range is not known",
    }
)
"""What becomes of each of Pillow's colour modes."""


class ImageError(Exception):
    """The file is not a usable image; the message says why, without naming the file."""


class ImageTooLargeError(ImageError):
    """It has more pixels than are decoded."""


class UnknownRangeError(ImageError):
    """It has more than 8 bits a pixel, and it cannot be known which value is white."""


class DeepImageFound(Exception):
    """An image has more than 8 bits a pixel, and how many the data set uses is yet to be found."""


class Upright(NamedTuple):
    """An image as the network sees it."""

    rgb: Image.Image
    orientation: int
    """How it had to be turned, by its EXIF data; 1 where it had not."""


def decode_image(path: Path, image_size: int | None, *, deep_bits: int | None = MOST_BITS) -> Bytes:
    """Decode a file into bytes [3, H, W].

    The image is turned as its EXIF orientation says. Transparent parts become white, and of grey
    values of up to 16 bits the upper 8 are kept.

    Args:
        path: the file; of an animation the first frame is taken.
        image_size: the side of the square that `fit_square` makes of it; None for its own size.
        deep_bits: how many bits the images of the data set use that have 16; None if that is not
            known. If there is no value in the upper 8, the file was surely meant to have fewer,
            and is refused.

    Raises:
        ImageError: the file cannot be read or decoded, or is too large.
        DeepImageFound: it needs `deep_bits`.
    """
    with opened_image(path) as image:
        if image_size is not None:
            decode_at_least(image, image_size)
        if deep_bits is None and is_deep(image):
            raise DeepImageFound
        rgb = upright_rgb(image, deep_bits or MOST_BITS).rgb
    if image_size is not None:
        rgb = fit_square(rgb, image_size)
    return np.asarray(rgb).transpose(2, 0, 1)


@contextmanager
def opened_image(source: Path | BinaryIO) -> Iterator[Image.Image]:
    """Open an image, to be decoded inside the block.

    Raises:
        ImageError: it cannot be read, is too large, or was found damaged inside the block.
    """
    try:
        with Image.open(source, formats=IMAGE_FORMATS) as image:
            yield image
    except UnidentifiedImageError as error:
        raise ImageError(f"it is not in a supported format ({', '.join(IMAGE_FORMATS)})") from error
    except Image.DecompressionBombError as error:
        raise ImageTooLargeError(str(error)) from error
    except UNREADABLE as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"it cannot be decoded ({reason})") from error


def decode_at_least(image: Image.Image, side: int) -> None:
    """Let an opened JPEG be decoded at 1/2, 1/4 or 1/8, if it stays large enough for squares.

    Twice the size leaves the resize its quality.
    """
    image.draft(None, (2 * side, 2 * side))


def check_pixels(image: Image.Image) -> None:
    """Refuse an opened image that is too large to be decoded. Raises ImageTooLargeError."""
    if image.width * image.height > MOST_PIXELS:
        raise ImageTooLargeError(
            f"{image.width}×{image.height} pixels are more than the {MOST_PIXELS:,} that can be "
            "decoded"
        )


def upright_rgb(image: Image.Image, deep_bits: int = MOST_BITS) -> Upright:
    """Decode an opened image as the network sees it: turned upright, over white, in RGB.

    Raises:
        ImageTooLargeError: it has too many pixels.
        UnknownRangeError: its values have no known range.
    """
    check_pixels(image)
    has_deep_colours = _has_deep_colours(image)
    orientation = _orientation_of(image)
    if orientation != _UPRIGHT:
        ImageOps.exif_transpose(image, in_place=True)
    image.load()
    rgb = _to_rgb(image, deep_bits)
    if has_deep_colours:
        _check_range(rgb)
    return Upright(rgb, orientation)


def is_deep(image: Image.Image) -> bool:
    """Tell whether an image has more than 8 bits a pixel, so that their range must be known."""
    return image.mode == "F" or image.mode.startswith("I")


def deep_values(image: Image.Image) -> npt.NDArray[np.integer]:
    """Return the pixels of an image of up to 16 bits.

    Raises:
        ImageTooLargeError: there are too many.
        UnknownRangeError: they have more.
    """
    if image.mode == "F":
        raise UnknownRangeError("floating-point pixels have no known range")
    check_pixels(image)
    values = np.asarray(image)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise UnknownRangeError("its pixels have more than 16 bits")
    return values


def fit_square(image: Image.Image, side: int) -> Image.Image:
    """Resize the shorter side to `side` pixels and cut the middle square out."""
    return ImageOps.fit(image, (side, side), method=Image.Resampling.BILINEAR)


def _to_rgb(image: Image.Image, deep_bits: int) -> Image.Image:
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if is_deep(image):
        image = _without_lower_bits(image, deep_bits)
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, _PAGE)
        image = Image.alpha_composite(page, image.convert("RGBA"))
    return image.convert("RGB")


def _orientation_of(image: Image.Image) -> int:
    """Return how an opened image is to be turned, by its EXIF data: a number from 1 to 8.

    Of some formats, this decodes the whole image.
    """
    orientation = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    return orientation if orientation in range(1, 9) else _UPRIGHT


def _without_lower_bits(image: Image.Image, bits: int) -> Image.Image:
    values = deep_values(image)
    shift = bits - 8
    if shift and 0 < values.max() < 1 << shift:
        raise UnknownRangeError(
            f"it has {bits} bits a pixel, but no value above {values.max()} of "
            f"{(1 << bits) - 1:,}, so it would be black; save it with 8 bits, or spread its "
            "values"
        )
    return Image.fromarray((values >> shift).clip(0, _WHITE).astype(np.uint8))


def _has_deep_colours(image: Image.Image) -> bool:
    """Tell whether an opened image has 16 bits a channel, of which Pillow keeps the upper 8."""
    return not is_deep(image) and any(
        ";16" in str(tile.args) for tile in getattr(image, "tile", ())
    )


def _check_range(rgb: Image.Image) -> None:
    most = int(np.asarray(rgb).max())
    if most < _LEAST_WHITE:
        raise UnknownRangeError(
            "it has 16 bits a channel, of which the upper 8 are read, and these hold no value "
            f"above {most} of 255; save it with 8 bits, or spread its values"
        )
