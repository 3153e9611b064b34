"""What is known of an archive of images once it is packed, and how large one may be."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class PackLimits:
    """How much an archive may hold."""

    bytes: int
    """Of all its files, unpacked."""
    files: int
    """Of its members, folders and files that are no images included."""
    image_bytes: int | None = None
    """Of its images alone; None for as many."""
    images: int | None = None


@dataclass(frozen=True, kw_only=True)
class PackedDataset:
    """A data set that is kept as one file, a pack: a zip of its images, in order, uncompressed.

    The same images under the same paths make the same pack, whatever archive they came in.
    """

    digest: str
    """Of the images and their paths, as `store.content_digest` has it."""
    bytes: int
    """Of the images."""
    files: int
    """How many images there are."""
    pack_bytes: int
    pack_sha256: str
    train: Mapping[str, int]
    """Training images of each class."""
    test: Mapping[str, int]
    """Test images of each class that has any."""
    image_size: tuple[int, int] | None
    """Height and width of the first training image; None where they cannot be read."""
    left_out: Mapping[str, int]
    """How many files are no images, by the ends of their names, such as `.txt`; `""` for none."""
    notes: Sequence[str]
    """What was made of the archive's folders, in sentences for people."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Read it back from JSON."""
        size = document["image_size"]
        return cls(**{**document, "image_size": None if size is None else tuple(size)})
