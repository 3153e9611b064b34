"""Made-up images for which it is known what a network needs in order to tell their classes apart.

They test the search itself: whether it finds an operation that has to win, and whether it keeps
quiet where every operation serves.
"""

import numpy as np

from worker.datasets.subset import Bytes, LabelledImages

SIDE = 16
"""Pixels."""
REPEAT = 8
"""Pixels from a pattern to its repetition. To see both at once takes a view of nine pixels, or of
five at half the resolution."""
REPEATED = ("across", "down", "diagonal", "across-inverted", "down-inverted", "diagonal-inverted")
"""The classes of `far_repeats`: where the repetition is, and whether light and dark change places.
Six, so that a network needs many different features, and no single one is enough."""
_GREY, _CONTRAST, _TINT = 128.0, 50.0, 15.0
_NOISE = 30.0

Pattern = np.typing.NDArray[np.float64]


def far_repeats(count: int, *, seed: int) -> LabelledImages:
    """Return noise that repeats after REPEAT pixels, in one of six ways.

    Within any window of less than nine pixels, all classes are pure noise.
    """
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % len(REPEATED)
    noise = chance.choice((-1.0, 1.0), size=(count, 3, SIDE, SIDE))
    images = np.choose(labels[:, None, None, None], _repeated(noise))
    return _labelled(_GREY + _CONTRAST * images, labels, REPEATED)


def _repeated(noise: Pattern) -> list[Pattern]:
    """Return the noise as each class repeats it, in the order of REPEATED."""
    places = np.arange(SIDE) % REPEAT
    upper = noise[..., :REPEAT, :]
    across, down = noise[..., places], noise[..., places, :]
    diagonal = np.concatenate([upper, np.roll(upper, REPEAT, axis=-1)], axis=-2)
    sign = np.where(np.arange(SIDE) < REPEAT, 1.0, -1.0)
    return [across, down, diagonal, across * sign, down * sign[:, None], diagonal * sign[:, None]]


def tinted(count: int, *, seed: int) -> LabelledImages:
    """Return noise with a little more red, or a little more green.

    The mean colour tells the classes apart, and every operation keeps it.
    """
    chance = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    images = _GREY + _NOISE * chance.standard_normal((count, 3, SIDE, SIDE))
    images[np.arange(count), labels] += _TINT
    return _labelled(images, labels, ("red", "green"))


def _labelled(images: Pattern, labels: object, names: tuple[str, ...]) -> LabelledImages:
    whole: Bytes = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    return LabelledImages(
        images=whole, labels=np.asarray(labels, dtype=np.int64), class_names=names
    )
