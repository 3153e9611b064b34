"""How often a network was right, class by class, and how far that is from guessing. No torch."""

import math
from dataclasses import dataclass

SURE = 1.959964
"""Standard errors on either side of a normal variable that hold 95% of it."""
_EVEN = 1.5
"""Classes whose sizes differ by no more than this factor count as equally large."""


def wilson_interval(hits: float, images: int) -> tuple[float, float]:
    """Return the 95% interval (Wilson) of a share of images."""
    spread = SURE * math.sqrt(hits * (images - hits) / images + SURE**2 / 4)
    middle, scale = hits + SURE**2 / 2, images + SURE**2
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass(frozen=True, kw_only=True)
class ClassCounts:
    """Counts for each class, in the order of the data set's classes."""

    images: tuple[int, ...]
    hits: tuple[int, ...]
    """Images of the class that were taken for it."""
    predictions: tuple[int, ...]
    """Images of any class that were taken for it."""

    @property
    def total(self) -> int:
        """All images."""
        return sum(self.images)

    @property
    def accuracy(self) -> float:
        """The share of images that were classified correctly."""
        return sum(self.hits) / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95% interval (Wilson): what it may be on all images of this kind."""
        return wilson_interval(sum(self.hits), self.total)

    @property
    def is_uneven(self) -> bool:
        """Tell whether classes differ so much in size that the accuracy is mostly some classes'."""
        return max(self.images) > _EVEN * min(self.images)

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the classes' shares of hits; a class without images is left out."""
        return math.fsum(self._shares()) / len(self._shares())

    @property
    def chance_accuracy(self) -> float:
        """The accuracy of always naming the largest class."""
        return max(self.images) / self.total

    @property
    def chance_loss(self) -> float:
        """The least cross-entropy without looking at the images, in nats."""
        shares = [count / self.total for count in self.images if count]
        return -math.fsum(share * math.log(share) for share in shares)

    @property
    def balanced_chance(self) -> float:
        """The balanced accuracy of guessing: 1/classes, however the guesses are shared out."""
        return 1 / len(self._shares())

    @property
    def lead_over_chance(self) -> float:
        """The balanced accuracy's distance from guessing, in standard errors."""
        error = self._error_of_guessing
        if len(self._shares()) < 2 or error == 0:
            return 0.0
        return (self.balanced_accuracy - self.balanced_chance) / error

    def accuracy_at(self, lead: float) -> float:
        """Return the balanced accuracy that is so many standard errors above guessing.

        Above 1 where there are too few images for that.
        """
        return self.balanced_chance + lead * self._error_of_guessing

    @property
    def _error_of_guessing(self) -> float:
        """The standard error of a guesser's balanced accuracy.

        A guesser names class c for a share q of the images of every class alike, so its balanced
        accuracy has a variance of sum(q·(1 − q)/images of c)/classes².
        """
        variance = math.fsum(
            (named / self.total) * (1 - named / self.total) / count
            for named, count in zip(self.predictions, self.images, strict=True)
            if count
        )
        return math.sqrt(variance) / len(self._shares())

    def _shares(self) -> list[float]:
        return [hits / count for hits, count in zip(self.hits, self.images, strict=True) if count]
