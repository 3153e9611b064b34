"""Mean and standard deviation of many images' pixels."""

import numpy as np
import numpy.typing as npt

from store.dataset_report import Channels
from worker.datasets.subset import Bytes

_LEAST_STD = 1 / 255
"""As for training: one cannot divide by 0."""


class PixelSums:
    """Sums over the pixels of each channel."""

    def __init__(self) -> None:
        self.pixels = 0
        self.sums = np.zeros(3)
        self.squares = np.zeros(3)

    def add_images(self, images: Bytes) -> None:
        """Add images [N, H, W, 3]."""
        values = images.reshape(-1, 3).astype(np.float32)
        self.pixels += len(values)
        self.sums += values.sum(axis=0, dtype=np.float64)
        self.squares += np.square(values).sum(axis=0, dtype=np.float64)

    def add_counts(self, counts: npt.NDArray[np.int64]) -> None:
        """Add an image of which [3, 256] tells how many pixels have each value."""
        values = np.arange(256, dtype=np.float64)
        self.pixels += int(counts[0].sum())
        self.sums += counts @ values
        self.squares += counts @ np.square(values)

    def merge(self, other: "PixelSums") -> None:
        """Add what another one has added up."""
        self.pixels += other.pixels
        self.sums += other.sums
        self.squares += other.squares

    def statistics(self) -> tuple[Channels, Channels] | None:
        """Return mean and deviation for pixels between 0 and 1; None without pixels."""
        if not self.pixels:
            return None
        means = self.sums / self.pixels
        variances = np.maximum(self.squares / self.pixels - np.square(means), 0)
        deviations = np.maximum(np.sqrt(variances) / 255, _LEAST_STD)
        return _channels(means / 255), _channels(deviations)


def _channels(values: npt.NDArray[np.float64]) -> Channels:
    red, green, blue = values.tolist()
    return red, green, blue
