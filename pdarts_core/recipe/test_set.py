"""A test set as the training set's network sees it."""

from dataclasses import replace

import torch

from pdarts_core.images.dataset import ImageDataset


class TestSetMismatch(ValueError):
    """The test set does not fit the training set."""

    __test__ = False  # for pytest, which would collect it by its name


def aligned(test: ImageDataset, train: ImageDataset) -> ImageDataset:
    """Return a test set with the training set's classes and normalisation.

    Classes are matched by their names; those that the test set lacks have no images in it.

    Raises:
        TestSetMismatch: it has a class that the training set lacks.
    """
    place_of = {name: place for place, name in enumerate(train.class_names)}
    unknown = [name for name in test.class_names if name not in place_of]
    if unknown:
        raise TestSetMismatch(f"the training set lacks classes of the test set: {unknown[0]}")
    places = torch.tensor([place_of[name] for name in test.class_names])
    return replace(
        test,
        labels=places[test.labels.cpu()],
        class_names=train.class_names,
        mean=train.mean,
        std=train.std,
    )
