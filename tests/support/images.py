"""Small images on the disk, as users' folders hold them."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def make_image(seed: int = 0, *, height: int = 8, width: int = 8) -> Image.Image:
    """Return an RGB image of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png_of_noise(seed: int = 0, *, side: int = 8) -> bytes:
    """Return a PNG file of noise."""
    file = io.BytesIO()
    make_image(seed, height=side, width=side).save(file, "PNG")
    return file.getvalue()


def make_image_folder(
    data_dir: Path,
    name: str = "pets",
    *,
    classes: Mapping[str, int] | None = None,
    split: str = "train",
    height: int = 8,
    width: int = 8,
) -> Path:
    """Write a data set of PNG files, as many a class as `classes` says; return its split."""
    folder = data_dir / name / split
    seed = 0
    for label, count in ({"cat": 3, "dog": 3} if classes is None else classes).items():
        (folder / label).mkdir(parents=True)
        for number in range(count):
            seed += 1
            make_image(seed, height=height, width=width).save(folder / label / f"{number:03}.png")
    return folder
