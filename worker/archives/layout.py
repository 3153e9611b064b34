"""Finds the data set among what an archive holds: which files are images of which class."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from store.image_folder import LEAST_CLASSES
from store.image_names import is_hidden, is_image
from store.wording import number_of
from worker.archives.archive import Member
from worker.archives.errors import ArchiveDuplicate, LayoutRefused, shown
from worker.archives.names import check_text
from worker.archives.splits import Splits, find_splits

_LONGEST_SUFFIX = 16
_MOST_SUFFIXES = 50
_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A data set as it will be packed."""

    images: Mapping[str, Member]
    """By their paths, `train/<class>/…` or `test/<class>/…`, in the order of the pack."""
    train: Mapping[str, int]
    test: Mapping[str, int]
    left_out: Mapping[str, int]
    notes: Sequence[str]


@dataclass
class _Found:
    """What an archive holds, junk left aside."""

    images: dict[str, Member] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


def lay_out(members: Iterable[Member]) -> Layout:
    """Find the data set among the members of an archive.

    Raises:
        LayoutRefused: there is none, or it is not clear which.
        ArchiveDuplicate: two members have one name.
    """
    found = _sort(members)
    if not found.images:
        raise LayoutRefused(_no_images(found))
    splits = find_splits(found.images)
    images = _placed(found.images, splits)
    train, test = _count(images, "train"), _count(images, "test")
    _check_classes(train, test, images, splits)
    notes = [
        *splits.notes(),
        *_of_strays(found.images, splits),
        *_of_empty_folders(found, splits, {"train": train, "test": test}),
    ]
    left_out = _count_suffixes(found.others)
    return Layout(images=images, train=train, test=test, left_out=left_out, notes=notes)


def _sort(members: Iterable[Member]) -> _Found:
    found = _Found()
    for member in members:
        path = PurePosixPath(member.path)
        if any(map(is_hidden, path.parts)):
            continue
        if member.place is None:
            found.folders.add(member.path)
            continue
        if member.path in found.images or member.path in found.others:
            raise ArchiveDuplicate(f"the archive has two files named {shown(member.path)}")
        if is_image(path):
            check_text(member.path)
            found.images[member.path] = member
        else:
            found.others.add(member.path)
    return found


def _placed(images: Mapping[str, Member], splits: Splits) -> dict[str, Member]:
    placed = {
        place.path: member
        for path, member in images.items()
        if (place := splits.place(path)) is not None and place.class_name is not None
    }
    for path in placed:
        parent = path.rpartition("/")[0]
        while parent.count("/") > 1:
            if parent in placed:
                raise ArchiveDuplicate(f"{shown(parent)} is a file and a folder in one")
            parent = parent.rpartition("/")[0]
    return dict(sorted(placed.items(), key=lambda item: item[0].encode()))


def _count(images: Iterable[str], split: str) -> dict[str, int]:
    parts = (path.split("/", 2) for path in images)
    counted = Counter(class_name for found, class_name, _ in parts if found == split)
    return dict(sorted(counted.items()))


def _check_classes(
    train: Mapping[str, int], test: Mapping[str, int], images: Iterable[str], splits: Splits
) -> None:
    where = splits.train or "the archive"
    if not train:
        raise LayoutRefused(
            f"no image in {where} is in a folder of its class; a data set is "
            "train/<class>/<image>, with a folder for each class"
        )
    if len(train) < LEAST_CLASSES:
        (only,) = train
        raise LayoutRefused(
            f"all training images are in one folder, {shown(only)}, but there must be at least "
            f"{LEAST_CLASSES} classes" + _hint(images)
        )
    unknown = sorted(test.keys() - train.keys())
    if unknown:
        raise LayoutRefused(f"there are test images, but no training images, of {_listed(unknown)}")


def _hint(images: Iterable[str]) -> str:
    deeper = {path.split("/")[2] for path in images if path.count("/") > 2}
    if len(deeper) < LEAST_CLASSES:
        return ""
    return (
        f"; it holds the folders {_listed(sorted(deeper))}: if these are the classes, move them "
        "up one level"
    )


def _of_strays(images: Iterable[str], splits: Splits) -> list[str]:
    outside = [path for path in images if splits.place(path) is None]
    loose = [
        path
        for path in images
        if (place := splits.place(path)) is not None and place.class_name is None
    ]
    return [
        f"Left out: {number_of(len(paths), 'image')} outside {what}, such as {shown(min(paths))}."
        for paths, what in (
            (outside, "the folders of the training set and the test set"),
            (loose, "the class folders"),
        )
        if paths
    ]


def _of_empty_folders(
    found: _Found, splits: Splits, classes: Mapping[str, Mapping[str, int]]
) -> list[str]:
    folders = found.folders | {path.rpartition("/")[0] for path in found.others}
    # A folder is told from an image that lies directly in a split by what would be in it.
    places = (splits.place(f"{folder}/.") for folder in folders)
    empty = sorted(
        {
            f"{place.split}/{place.class_name}"
            for place in places
            if place is not None
            and place.class_name is not None
            and place.class_name not in classes[place.split]
        }
    )
    if not empty:
        return []
    return [f"Folders without images were left out: {_listed(empty)}."]


def _count_suffixes(paths: Iterable[str]) -> dict[str, int]:
    counted = Counter(_suffix(path) for path in paths)
    return dict(sorted(counted.most_common(_MOST_SUFFIXES)))


def _suffix(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if len(suffix) <= _LONGEST_SUFFIX and suffix.isprintable() else ""


def _no_images(found: _Found) -> str:
    if not found.others:
        return "the archive holds no images"
    left = ", ".join(
        f"{count:,} {suffix or 'without a suffix'}"
        for suffix, count in Counter(map(_suffix, found.others)).most_common(_MOST_NAMED)
    )
    return f"the archive holds no images, only files of other kinds: {left}"


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(map(shown, names[:_MOST_NAMED]))
    more = len(names) - _MOST_NAMED
    return f"{listed} and {more:,} more" if more > 0 else listed
