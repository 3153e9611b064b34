"""Labelled images as arrays, and subsets with as many images of each class."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pdarts_core.images.class_sizes import at_most

Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledImages:
    """One split of a data set in memory, or mapped into it."""

    images: Bytes
    """[N, 3, H, W]."""
    labels: Indices
    """[N], places in `class_names`."""
    class_names: tuple[str, ...]
    skipped: int = 0
    """Images that cannot be used, and were left out because that was asked for."""

    def take(self, indices: Indices) -> "LabelledImages":
        """Return the images at these places."""
        if len(indices) == len(self.labels):
            return self
        return LabelledImages(
            images=self.images[indices],
            labels=self.labels[indices],
            class_names=self.class_names,
        )


def balanced_subset(labels: Indices, max_images: int | None, seed: int) -> Indices:
    """Choose at most `max_images` images, as many of each class, at random.

    A class with fewer images than its share gives all of them, and the others share the rest.

    Args:
        labels: [N], in any order.
        max_images: the bound; None for no bound.
        seed: the same seed chooses the same images.

    Returns:
        The places of the chosen images, ascending.
    """
    if max_images is None or max_images >= len(labels):
        return np.arange(len(labels))
    order = np.random.default_rng(seed).permutation(len(labels))
    sizes = np.bincount(labels)
    members = np.split(order[np.argsort(labels[order], kind="stable")], np.cumsum(sizes)[:-1])
    shares = at_most(sizes.tolist(), max_images)
    chosen = [of_class[:share] for of_class, share in zip(members, shares, strict=True)]
    return np.sort(np.concatenate(chosen))
