"""Mean and standard deviation of many images' pixels, from how often each value is there."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from store.dataset_report import Channels
from worker.datasets.subset import Bytes

Counts = npt.NDArray[np.int64]
"""[3, 256]: how many pixels have each value in each channel."""

_LEAST_STD = 1 / 255
"""As for training: one cannot divide by 0."""


def count_values(images: Bytes) -> Counts:
    """Count the values of images [N, H, W, 3]."""
    if not len(images):
        return no_pixels()
    return count_values_of(Image.fromarray(images.reshape(-1, *images.shape[2:])))


def count_values_of(rgb: Image.Image) -> Counts:
    """Count the values of one image, in half the time that NumPy's bincount takes."""
    return np.reshape(rgb.histogram(), (3, 256))


def no_pixels() -> Counts:
    """Return the counts of no image."""
    return np.zeros((3, 256), dtype=np.int64)


def statistics(counts: Counts) -> tuple[Channels, Channels] | None:
    """Return mean and deviation for pixels between 0 and 1; None without pixels."""
    if not counts.any():
        return None
    shares = counts / counts.sum(axis=1, keepdims=True)
    values = np.arange(256) / 255
    means = shares @ values
    squares = np.square(values - means[:, None])
    deviations = np.sqrt((shares * squares).sum(axis=1))
    return _channels(means), _channels(np.maximum(deviations, _LEAST_STD))


def _channels(values: npt.NDArray[np.float64]) -> Channels:
    red, green, blue = values.tolist()
    return red, green, blue
