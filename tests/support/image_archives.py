"""Archives with data sets, as owners send them."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from tests.support.images import png_of_noise

PETS: Mapping[str, int] = {"train/cat": 4, "train/dog": 4}
"""How many images each folder has."""


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def files_of(
    folders: Mapping[str, int] = PETS, *, seed: int = 0, side: int = 8
) -> dict[str, bytes]:
    """Return images of noise, all of them different."""
    names = (f"{folder}/{number}.png" for folder in folders for number in range(folders[folder]))
    return {name: png_of_noise(1000 * seed + place, side=side) for place, name in enumerate(names)}


DIGITS: Mapping[int, str] = {3: "three", 8: "eight"}


def archive_of_digits(names: Mapping[int, str] = DIGITS, *, images: int = 12) -> bytes:
    """Return a zip file with real images: handwritten digits, every fourth of them to test with."""
    digits = load_digits()
    files: dict[str, bytes] = {}
    for label, name in names.items():
        chosen = digits.images[digits.target == label][:images]
        for place, pixels in enumerate(chosen):
            split = "test" if place % 4 == 3 else "train"
            image = io.BytesIO()
            Image.fromarray((pixels * 15).astype(np.uint8)).convert("RGB").save(image, "PNG")
            files[f"{split}/{name}/{place}.png"] = image.getvalue()
    return zip_of(files)


def archive_of(folders: Mapping[str, int] = PETS, *, seed: int = 0, side: int = 8) -> bytes:
    """Return a zip file with images of noise."""
    return zip_of(files_of(folders, seed=seed, side=side))
