"""Made-up images for which it is known what a network needs in order to tell their classes apart.

They test the search itself: whether it finds an operation that has to win, and whether it keeps
quiet where every operation serves.
"""

import numpy as np

from worker.datasets.subset import Bytes, LabelledImages

SIDE = 16
"""Pixels."""
REPEAT = 8
"""Pixels from a pattern to its repetition. To see both at once takes a view of nine pixels, which
of the eight operations `sep_conv_5x5` and `dil_conv_5x5` alone have."""
_GREY, _CONTRAST, _TINT = 128.0, 50.0, 15.0
_NOISE = 30.0


def far_repeats(count: int, *, seed: int) -> LabelledImages:
    """Return noise that repeats after REPEAT pixels: to the right, or downwards.

    Within any window of less than nine pixels, both classes are pure noise.
    """
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    noise = chance.choice((-1.0, 1.0), size=(count, 3, SIDE, SIDE))
    places = np.arange(SIDE) % REPEAT
    across, down = noise[..., places], noise[..., places, :]
    images = np.where((labels == 0)[:, None, None, None], across, down)
    return _labelled(_GREY + _CONTRAST * images, labels, ("across", "down"))


def tinted(count: int, *, seed: int) -> LabelledImages:
    """Return noise with a little more red, or a little more green.

    The mean colour tells the classes apart, and every operation keeps it.
    """
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    images = _GREY + _NOISE * chance.standard_normal((count, 3, SIDE, SIDE))
    images[np.arange(count), labels] += _TINT
    return _labelled(images, labels, ("red", "green"))


def _labelled(
    images: np.typing.NDArray[np.float64], labels: object, names: tuple[str, ...]
) -> LabelledImages:
    whole: Bytes = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    return LabelledImages(
        images=whole, labels=np.asarray(labels, dtype=np.int64), class_names=names
    )
