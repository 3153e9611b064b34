"""Finds where in an archive the training set and the test set are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from worker.archives.errors import LayoutRefused, shown

_TRAIN: Final = "train"
_TEST = ("test", "val", "valid", "validation")
_NAMES = frozenset({_TRAIN, *_TEST})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a file of the archive is in the data set."""

    split: Literal["train", "test"]
    class_name: str | None
    """None for a file that is in no class's folder."""
    path: str
    """What it is called in the pack."""


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Which of an archive's folders are what."""

    top: str
    """The folders around everything, with a slash after each."""
    train: str | None
    """The folder of the training set; None if the folders of its classes lie at the top."""
    test: str | None
    """The folder of the test set, if there is one."""

    def place(self, path: str) -> Place | None:
        """Return where a file belongs; None if it is in neither set."""
        if not path.startswith(self.top):
            return None
        inner = path.removeprefix(self.top)
        if self.train is None:
            return _place(_TRAIN, inner)
        folder, _, rest = inner.partition("/")
        if not rest or folder not in {self.train, self.test}:
            return None
        return _place(_TRAIN if folder == self.train else "test", rest)

    def notes(self) -> list[str]:
        """Say what is not as the names say it."""
        notes = []
        if self.top:
            notes.append(f"Everything is in the folder {shown(self.top)}, which is ignored.")
        if self.train is None:
            notes.append("There is no train/, so all folders are training classes.")
        elif self.train != _TRAIN:
            notes.append(f"{shown(self.train)} is used as the training set.")
        if self.test not in {None, "test"}:
            notes.append(f"{shown(self.test or '')} is used as the test set.")
        return notes


def find_splits(images: Iterable[str]) -> Splits:
    """Find the training set and the test set by the paths of images.

    Raises:
        LayoutRefused: it is not clear which folders they are.
    """
    top = ""
    below = [path.split("/") for path in images]
    while True:
        below = [parts for parts in below if len(parts) > 1]
        folders = {parts[0] for parts in below}
        if not _is_around_all(folders, {parts[1] for parts in below if len(parts) > 2}):
            break
        top += f"{folders.pop()}/"
        below = [parts[1:] for parts in below]
    named = {folder for folder in folders if folder.lower() in _NAMES}
    if not named:
        return Splits(top=top, train=None, test=None)
    train = _only(folders, (_TRAIN,), "training set")
    test = _only(folders, _TEST, "test set")
    if train is None:
        raise LayoutRefused(
            f"there is a test set, {shown(test or '')}, but no folder train/ beside it"
        )
    return Splits(top=top, train=train, test=test)


def _is_around_all(folders: Collection[str], inner: Collection[str]) -> bool:
    """Tell whether a single folder holds the data set, from the folders in it."""
    if len(folders) != 1 or not inner:
        return False
    (folder,) = folders
    if folder.lower() not in _NAMES:
        return True
    # Somebody's folder that happens to be called so.
    split_names = {name.lower() for name in inner}
    return _TRAIN in split_names and split_names <= _NAMES


def _only(folders: Iterable[str], names: Iterable[str], what: str) -> str | None:
    found = sorted(folder for folder in folders if folder.lower() in names)
    if len(found) > 1:
        raise LayoutRefused(
            f"the {what} could be {' or '.join(map(shown, found))}; send one of them, or put "
            "their images together"
        )
    return found[0] if found else None


def _place(split: Literal["train", "test"], rest: str) -> Place:
    class_name, slash, _ = rest.partition("/")
    return Place(split=split, class_name=class_name if slash else None, path=f"{split}/{rest}")
