"""Walks through a data set's folders: which images there are, and what is odd about the rest."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from store.image_folder import Split, split_folder
from store.image_names import same_text, shown_name
from worker.datasets.inspection import topics
from worker.datasets.inspection.entries import Entries, FolderReader
from worker.datasets.inspection.notes import Notes

NO_LABEL = -1
"""Of test images whose class has no training images."""


class ImageFile(NamedTuple):
    """One image file, usable or not."""

    path: str
    """On the disk."""
    name: str
    """In the data set: `train/<class>/…` or `test/<class>/…`, in NFC."""
    split: Split
    label: int


@dataclass(frozen=True, kw_only=True)
class Tree:
    """What lies in the folders."""

    classes: Sequence[str]
    files: Sequence[ImageFile]
    test_folder: str | None
    copies: frozenset[int]
    """The files that are reached by links to folders which are part of the data set already."""


def read_tree(root: Path, notes: Notes) -> Tree:
    """Find the images of both splits, as loading finds them, and note what is odd."""
    walk = _Walk(FolderReader(root=root, notes=notes))
    train, test = (split_folder(root, split) for split in ("train", "test"))
    walk.look_around(root, [path for path in (train, test) if path])
    classes = walk.class_folders(train)
    labels = {name: label for label, name in enumerate(classes)}
    for name, folders in classes.items():
        for folder in folders:
            walk.read_class(folder, "train", name, labels[name])
    for name, folders in walk.class_folders(test).items():
        label = labels.get(name, NO_LABEL)
        if label == NO_LABEL:
            notes.add(topics.CLASS_ONLY_IN_TEST, shown_name(name))
        for folder in folders:
            walk.read_class(folder, "test", name, label)
    links = walk.tell_links()
    return Tree(
        classes=tuple(map(shown_name, classes)),
        files=walk.files,
        test_folder=shown_name(test.name) if test else None,
        copies=_below(links, walk.files),
    )


def _below(folders: Sequence[str], files: Sequence[ImageFile]) -> frozenset[int]:
    starts = tuple(f"{folder}{os.sep}" for folder in folders)
    if not starts:
        return frozenset()
    return frozenset(place for place, file in enumerate(files) if file.path.startswith(starts))


@dataclass(kw_only=False)
class _Walk:
    reader: FolderReader
    files: list[ImageFile] = field(default_factory=list)
    _places: dict[tuple[int, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    """Under which paths each folder was seen; it is one folder, with one identity."""

    def look_around(self, root: Path, splits: Sequence[Path]) -> None:
        """Note what lies beside the folders of the splits."""
        found = self.reader.read(str(root))
        for entry in found.folders:
            if Path(entry.path) not in splits:
                self.reader.note(topics.OTHER_FOLDER, entry.path)
            elif entry.name not in {"train", "test"}:
                self.reader.note(topics.SPLIT_RENAMED, entry.path)
        for entry in found.images:
            self.reader.note(topics.OUTSIDE_CLASSES, entry.path)

    def class_folders(self, split: Path | None) -> Mapping[str, Sequence[str]]:
        """Return the folders of a split by the name of their class, in order."""
        if split is None:
            return {}
        found = self.reader.read(str(split))
        for entry in found.images:
            self.reader.note(topics.OUTSIDE_CLASSES, entry.path)
        self._leave_out(found)
        classes: dict[str, list[str]] = defaultdict(list)
        for entry in sorted(found.folders, key=lambda entry: same_text(entry.name)):
            classes[same_text(entry.name)].append(entry.path)
        if len(classes) == 1:
            self._tell_nesting(found.folders[0].path)
        self._tell_alike(split, classes)
        return classes

    def read_class(self, folder: str, split: Split, name: str, label: int) -> None:
        """Find the images in a class folder and below it. No folder is entered twice."""
        entered: set[tuple[int, int]] = set()
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            try:
                status = os.stat(place)  # noqa: PTH116  many small ones
            except OSError:
                # It has just gone, or the folder that it is in may be listed but not entered.
                self.reader.note(topics.UNREADABLE, place)
                continue
            identity = (status.st_dev, status.st_ino)
            self._places[identity].add(place)
            if identity in entered:
                continue
            entered.add(identity)
            found = self.reader.read(place)
            self._leave_out(found)
            for entry in found.images:
                inner = same_text(entry.path[len(folder) :]).replace(os.sep, "/")
                self.files.append(ImageFile(entry.path, f"{split}/{name}{inner}", split, label))
            for entry in found.folders:
                self.reader.note(topics.NESTED, entry.path)
            waiting += [entry.path for entry in reversed(found.folders)]

    def tell_links(self) -> Sequence[str]:
        """Note the links to folders that are part of the data set already, and return them."""
        several = [sorted(places) for places in self._places.values() if len(places) > 1]
        links = [place for places in several for place in places if Path(place).is_symlink()]
        for link in links:
            self.reader.note(topics.LINKED_TWICE, link)
        return links

    def _leave_out(self, found: Entries) -> None:
        for entry in found.others:
            self.reader.note(topics.left_out(PurePath(entry.name).suffix), entry.path)

    def _tell_nesting(self, folder: str) -> None:
        inside = FolderReader(root=self.reader.root, notes=Notes()).read(folder)
        if len(inside.folders) > 1 and not inside.images:
            for entry in inside.folders:
                self.reader.note(topics.NESTING, entry.path)

    def _tell_alike(self, split: Path, classes: Mapping[str, Sequence[str]]) -> None:
        similar: dict[str, list[str]] = defaultdict(list)
        for name, same in classes.items():
            similar[name.casefold()].append(f"{split.name}/{name}")
            if len(same) > 1:
                self.reader.notes.add(topics.SAME_NAME, *map(self.reader.name, same))
        for names in similar.values():
            if len(names) > 1:
                self.reader.notes.add(topics.SIMILAR_NAME, *map(shown_name, names))
