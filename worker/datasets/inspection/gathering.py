"""Puts together what was seen of many files, in memory that grows by some bytes a file."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from store.content_digest import ContentDigest
from store.dataset_report import ClassCounts, SizeRange
from store.image_names import shown_name
from worker.datasets.decoding import ImageError, ImageTooLargeError, UnknownRangeError
from worker.datasets.inspection import topics
from worker.datasets.inspection.copies import Marks
from worker.datasets.inspection.files_mark import GONE, Stamp, mark_of_files
from worker.datasets.inspection.look import SIDE, Picture
from worker.datasets.inspection.notes import Notes, Topic
from worker.datasets.inspection.part import Part
from worker.datasets.inspection.pixel_counts import Counts, no_pixels
from worker.datasets.inspection.tree import NO_LABEL, Tree


class Gathering:
    """All that was seen so far."""

    def __init__(self, tree: Tree, notes: Notes) -> None:
        files = tree.files
        self.files = files
        self.notes = notes
        self.bytes = 0
        self.deep: dict[int, int] = {}
        """The most value of each image with more than 8 bits, which is to be looked at again."""
        self.own = no_pixels()
        self.squares = no_pixels()
        self._digests: list[str | None] = [None] * len(files)
        self._stamps: list[Stamp] = [GONE] * len(files)
        self._usable = np.zeros(len(files), dtype=np.bool_)
        self._compared = np.zeros(len(files), dtype=np.bool_)
        self._copies = tree.copies
        self._pixels = np.zeros(len(files), dtype=np.uint64)
        self._hashes = np.zeros(len(files), dtype=np.uint64)
        self._thumbnails = np.zeros((len(files), 8, 8), dtype=np.uint8)
        self._sizes = np.zeros((len(files), 2), dtype=np.int64)

    def add(self, part: Part) -> None:
        """Add what was seen of some files."""
        for place, look in zip(part.places, part.looks, strict=True):
            if self._digests[place] is None:
                self._digests[place] = look.sha256
                self.bytes += look.bytes
                if look.sha256 is not None:
                    self._stamps[place] = Stamp(look.bytes, look.changed_ns)
            if look.error is not None:
                self._note(_topic_of(look.error, readable=look.sha256 is not None), place)
            elif look.picture is not None:
                self._add_picture(place, look.picture)
            elif look.deep is not None:
                self.deep[place] = look.deep
        self._hashes[part.usable] = part.hashes
        self._thumbnails[part.usable] = part.thumbnails
        self.own += part.own
        self.squares += part.squares

    def _add_picture(self, place: int, picture: Picture) -> None:
        self._usable[place] = self.files[place].label != NO_LABEL
        self._compared[place] = self._usable[place] and not (
            picture.constant or place in self._copies
        )
        self._pixels[place] = picture.pixels
        self._sizes[place] = picture.size
        if picture.mode != "RGB":
            self._note(topics.mode(picture.mode), place)
        if picture.large:
            self._note(topics.LARGE, place)
        if picture.turned:
            self._note(topics.TURNED, place)
        if picture.transparent:
            self._note(topics.TRANSPARENT, place)
        if picture.animated:
            self._note(topics.ANIMATED, place)
        if picture.constant:
            self._note(topics.BLACK if picture.black else topics.CONSTANT, place)

    def count(self, tree: Tree) -> Sequence[ClassCounts]:
        """Count the usable images of each class."""
        sizes = Counter(
            (file.label, file.split)
            for file, usable in zip(self.files, self._usable, strict=True)
            if usable
        )
        return tuple(
            ClassCounts(name=name, train=sizes[label, "train"], test=sizes[label, "test"])
            for label, name in enumerate(tree.classes)
        )

    def size_range(self) -> SizeRange | None:
        """Return the sizes of the usable images, and note those that differ from most."""
        places = np.flatnonzero(self._usable)
        if not len(places):
            return None
        sizes = self._sizes[places]
        each, which, counts = np.unique(sizes, axis=0, return_inverse=True, return_counts=True)
        others = places[which.reshape(-1) != counts.argmax()]
        self.note(topics.UNEQUAL_SIZES, others)
        (least_height, least_width), (most_height, most_width) = sizes.min(0), sizes.max(0)
        return SizeRange(
            least_height=int(least_height),
            least_width=int(least_width),
            most_height=int(most_height),
            most_width=int(most_width),
            equal=len(each) == 1,
        )

    def value_counts(self, sizes: SizeRange | None) -> tuple[Counts, int | None]:
        """Count the values of the training images, and tell the side of the squares, if any."""
        if sizes is None or not sizes.equal:
            return self.squares, SIDE
        own = (sizes.least_height, sizes.least_width) != (SIDE, SIDE)
        return (self.own if own else self.squares), None

    def digest(self) -> str:
        """Return the digest of the content: of the names and the bytes of all files."""
        lines = [
            (file.name.encode("utf-8", "surrogateescape"), sha256)
            for file, sha256 in zip(self.files, self._digests, strict=True)
            if sha256 is not None
        ]
        whole = ContentDigest()
        for name, sha256 in sorted(lines):
            whole.add(name.decode("utf-8", "surrogateescape"), sha256)
        return whole.hexdigest()

    def files_mark(self) -> str:
        """Return what tells these files, as they were read, from later ones."""
        return mark_of_files([file.name for file in self.files], self._stamps)

    def marks(self) -> tuple[Marks, Sequence[int]]:
        """Return what tells the usable pictures of more than one colour apart, and their places."""
        places = np.flatnonzero(self._compared)
        files = [self.files[place] for place in places.tolist()]
        groups = [2 * file.label + (file.split == "test") for file in files]
        marks = Marks(
            pixels=self._pixels[places],
            hashes=self._hashes[places],
            thumbnails=self._thumbnails[places],
            groups=np.array(groups, dtype=np.int64),
        )
        return marks, places.tolist()

    def note(self, topic: Topic, places: Iterable[int]) -> None:
        """Note something about the files in these places."""
        for place in places:
            self._note(topic, place)

    def _note(self, topic: Topic, place: int) -> None:
        self.notes.add(topic, shown_name(self.files[place].name))


def _topic_of(error: ImageError, *, readable: bool) -> Topic:
    if not readable:
        return topics.UNREADABLE
    if isinstance(error, ImageTooLargeError):
        return topics.TOO_LARGE
    if isinstance(error, UnknownRangeError):
        return topics.UNKNOWN_RANGE
    return topics.UNDECODABLE
