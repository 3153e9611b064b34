"""What is asked of a data set."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from store.image_folder import Split
from worker.datasets.progress import DatasetProgress, OnProgress


def ignore_progress(_: DatasetProgress) -> None:
    """Ignore a data set's progress."""


class Choices(TypedDict, total=False):
    """What can be asked of a data set; each has a default in DatasetRequest."""

    split: Split
    image_size: int | None
    max_images: int | None
    seed: int
    skip_invalid: bool
    on_progress: OnProgress


@dataclass(frozen=True, kw_only=True)
class DatasetRequest:
    """One split of a data set, its images bounded in size and number.

    Raises:
        ValueError: `image_size` or `max_images` is less than 1.
    """

    name: str
    """As the catalogue lists it."""
    data_dir: Path
    """Where data sets, downloads and decoded images are kept."""
    split: Split = "train"
    """The images to train with, or those to test with."""
    image_size: int | None = None
    """Side of the squares that the images become: the shorter side is resized to it and the middle
    cut out. None: their own size, which must be the same for all."""
    max_images: int | None = None
    """The most images, as many of each class; None for all."""
    seed: int = 0
    """Chooses the images where `max_images` bounds them."""
    skip_invalid: bool = False
    """Leave out files that cannot be used as images, rather than refuse the data set; images of
    another size are no such files."""
    on_progress: OnProgress = ignore_progress
    """Called during downloads and decoding; an exception from it ends the loading."""

    def __post_init__(self) -> None:
        for bound in (self.image_size, self.max_images):
            if bound is not None and bound < 1:
                raise ValueError("image_size and max_images must be at least 1")
