"""What an evaluation found out about its network. No torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pdarts_core.signal.class_counts import SURE, ClassCounts, wilson_interval

Interval = tuple[float, float]
Confusion = tuple[tuple[int, ...], ...]
"""Images of each true class (rows) that were taken for each class (columns)."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured number, how many images it rests on, and its 95% interval."""

    value: float
    images: int
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class ClassFigures:
    """How the network does on one class."""

    name: str
    images: int
    hits: int
    """Images of the class that were taken for it."""
    predictions: int
    """Images of any class that were taken for it."""
    accuracy: Figure | None
    """The share of hits; None without images."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a network did on a set of images."""

    accuracy: Figure
    top5: Figure
    """The share of images whose class is among the five likeliest."""
    loss: Figure
    balanced_accuracy: Figure
    """The mean of the classes' accuracies; classes without images are left out."""
    chance_accuracy: float
    """Of always naming the largest class."""
    classes: tuple[ClassFigures, ...]
    confusion: Confusion


@dataclass(frozen=True, kw_only=True)
class WrongImage:
    """An image that was taken for what it is not. Classes by their place."""

    place: int
    """In the data set that was measured on: the test set, or the training set."""
    true_class: int
    taken_for: int
    probability: float
    """That the network gave to the wrong class."""


@dataclass(frozen=True, kw_only=True)
class BestEpoch:
    """The epoch that did best on the held-out images, the first of equals; counted from 1."""

    epoch: int
    accuracy: Figure


@dataclass(frozen=True, kw_only=True)
class EvaluationResult:
    """What an evaluation ends with."""

    source: Literal["test", "validation"]
    """The images that were measured on: the test set, or held-out training images."""
    measured: Measured
    """With the last epoch's weights."""
    wrong: tuple[WrongImage, ...]
    """The 36 that the network was wrong about with the highest probability, the surest first."""
    validation: Measured | None
    """The last epoch on the held-out images; None without any."""
    last_epochs: Figure | None
    """The mean accuracy of the last five epochs (or of all) on the held-out images."""
    best: BestEpoch | None
    parameters: int
    """Without the auxiliary head, which only training uses."""
    multiply_adds: int
    """Of one image's forward pass, in convolutions and classifiers."""
    train_images: int
    seconds: float
    """Training, validation and test."""
    images_per_second: float | None
    """In training; None without any."""


def share(hits: float, images: int) -> Figure:
    """Return a share of images, with its Wilson interval."""
    return Figure(value=hits / images, images=images, interval=wilson_interval(hits, images))


def mean_loss(total: float, squares: float, images: int) -> Figure:
    """Return a mean of losses, given their sum and that of their squares."""
    mean = total / images
    variance = max(0.0, squares / images - mean**2) * images / max(images - 1, 1)
    spread = SURE * math.sqrt(variance / images)
    return Figure(value=mean, images=images, interval=(mean - spread, mean + spread))


def balanced(counts: ClassCounts) -> Figure:
    """Return the balanced accuracy.

    Its interval follows from the classes' Wilson intervals (method of variance estimates
    recovery), so that it is no point where every image was a hit.
    """
    below = above = 0.0
    classes = 0
    for hits, images in zip(counts.hits, counts.images, strict=True):
        if images:
            low, high = wilson_interval(hits, images)
            below += (hits / images - low) ** 2
            above += (high - hits / images) ** 2
            classes += 1
    value = counts.balanced_accuracy
    interval = (
        max(0.0, value - math.sqrt(below) / classes),
        min(1.0, value + math.sqrt(above) / classes),
    )
    return Figure(value=value, images=counts.total, interval=interval)


def class_counts(confusion: Confusion) -> ClassCounts:
    """Return the counts that a confusion matrix holds."""
    return ClassCounts(
        images=tuple(map(sum, confusion)),
        hits=tuple(row[place] for place, row in enumerate(confusion)),
        predictions=tuple(map(sum, zip(*confusion, strict=True))),
    )


def class_figures(counts: ClassCounts, names: Sequence[str]) -> tuple[ClassFigures, ...]:
    """Return each class's figures, in the order of the data set's classes."""
    return tuple(
        ClassFigures(
            name=name,
            images=images,
            hits=hits,
            predictions=predictions,
            accuracy=share(hits, images) if images else None,
        )
        for name, images, hits, predictions in zip(
            names, counts.images, counts.hits, counts.predictions, strict=True
        )
    )
