"""What a check found in a data set: its classes, its sizes, and what is wrong or odd."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Channels = tuple[float, float, float]
"""A value for each of red, green and blue, for pixels between 0 and 1."""
Level = Literal["error", "warning", "info"]
"""`error`: no search may use the data set. `warning`: look at it first. `info`: good to know."""

_MET_BY_SKIPPING = frozenset({"undecodable", "too_large", "unknown_range", "no_file"})
"""The codes of findings about files that a job can leave out."""
MOST_FILES_NAMED = 100
"""Of each finding."""
SHEET_CELL = 64
"""Pixels of a side of each image on a contact sheet."""
SHEET_COLUMNS = 8
SHEET_ROWS = 100
"""The most classes on a contact sheet, in the order of the report; each is a row of cells."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong or odd."""

    code: str
    level: Level
    count: int
    """Of the files or classes that it is about."""
    files: Sequence[str]
    """Their paths in the data set, or names of classes; the first MOST_FILES_NAMED of them."""
    message: str
    """What was seen."""
    advice: str
    """What can be done about it."""

    @property
    def can_be_skipped(self) -> bool:
        """Whether these files are left out where a spec has `skip_invalid`."""
        return self.code in _MET_BY_SKIPPING


@dataclass(frozen=True, kw_only=True)
class ClassCounts:
    """One class and its usable images."""

    name: str
    train: int
    test: int


@dataclass(frozen=True, kw_only=True)
class SizeRange:
    """The sizes of the usable images, in pixels."""

    least_height: int
    least_width: int
    most_height: int
    most_width: int
    equal: bool
    """All images have one size; if not, a search needs `image_size`."""


@dataclass(frozen=True, kw_only=True)
class DatasetReport:
    """All that a check found."""

    digest: str
    """Of the content: paths and bytes of the image files."""
    bytes: int
    """Of the image files."""
    files: int
    """Image files, usable or not."""
    classes: Sequence[ClassCounts]
    """In the order of their labels."""
    images: int
    """Usable training images."""
    test_images: int
    """Usable test images."""
    test_folder: str | None
    """The folder of the test images, such as `test` or `val`."""
    sizes: SizeRange | None
    """None where there is no usable image."""
    mean: Channels | None
    """Of the training images' pixels between 0 and 1; None where there is no usable one."""
    std: Channels | None
    statistics_side: int | None
    """Mean and deviation are of images of their own size (None), or, where sizes differ, of squares
    of this side."""
    deep_bits: int | None
    """How many bits of their 16 the images use that have so many; None where none has."""
    findings: Sequence[Finding]
    """Errors first, then warnings."""
    files_mark: str | None = None
    """Names, sizes and times of the files that were read; None in reports of older revisions."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON knows it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned, also after a way through JSON."""
        sizes = document["sizes"]
        rebuilt = {
            "classes": tuple(ClassCounts(**counts) for counts in document["classes"]),
            "findings": tuple(
                Finding(**{**finding, "files": tuple(finding["files"])})
                for finding in document["findings"]
            ),
            "sizes": sizes and SizeRange(**sizes),
            "mean": document["mean"] and tuple(document["mean"]),
            "std": document["std"] and tuple(document["std"]),
        }
        return cls(**{**document, **rebuilt})
