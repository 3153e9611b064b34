"""What a folder of images is, told from its names and its first image, and why it is none."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from store.image_counts import count_images
from store.image_folder import (
    LEAST_CLASSES,
    ImageSize,
    class_folders,
    first_image_size,
    split_folder,
    walk_files,
)
from store.image_names import is_hidden, is_image, same_text, shown_name


@dataclass(frozen=True, kw_only=True)
class FolderFacts:
    """What is known without decoding all images."""

    class_names: tuple[str, ...]
    class_sizes: tuple[int, ...] | None
    """Training images of each class; None where they cannot be counted quickly, or at all."""
    image_size: ImageSize | None
    fault: str | None
    """Why nothing can be trained on it."""
    readable: bool


def find_root(data_dir: Path, name: str) -> Path:
    """Return the folder of a data set, also where its name is written in another Unicode form."""
    exact = data_dir / name
    if name.isascii() or exact.exists():
        return exact
    try:
        alike = sorted(path for path in data_dir.iterdir() if _same(path.name, name))
    except OSError:
        return exact
    return alike[0] if alike else exact


def read_facts(root: Path) -> FolderFacts | None:
    """Describe a folder; None if it holds no class folders."""
    train = split_folder(root, "train")
    if train is None:
        return None
    unreadable = _why_unreadable(root, train)
    folders = class_folders(train)
    if not folders and unreadable is None:
        return None
    sizes = None
    try:
        sizes = count_images(train) if unreadable is None else None
    except OSError as error:
        unreadable = _told(root, error)
    fault = unreadable or _wrong_links(root, train) or _same_names(folders)
    return FolderFacts(
        class_names=tuple(shown_name(folder.name) for folder in folders),
        class_sizes=sizes,
        image_size=first_image_size(train),
        fault=fault or _wrong_sizes(root, folders, sizes),
        readable=unreadable is None,
    )


def why_no_dataset(root: Path) -> str | None:
    """Tell what a folder has in place of `train/<class>/`; None if there is no such folder."""
    if not root.is_dir():
        return None
    name, train = shown_name(root.name), split_folder(root, "train")
    if train is None:
        return f"there is a folder {name!r}, but no folder train/ in it"
    return f"there is {_shown(root, train)}, but no folder with the images of a class in it"


def _why_unreadable(root: Path, folder: Path) -> str | None:
    try:
        with os.scandir(folder) as entries:
            first = next(entries, None)
        if first is not None:
            first.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _told(root, error)
    return None


def _told(root: Path, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"{_shown(root, Path(error.filename or root))} cannot be read: {reason}"


def _wrong_links(root: Path, train: Path) -> str | None:
    """Find class folders that are links to nowhere, or to each other."""
    known: dict[tuple[int, int], Path] = {}
    for path in sorted(path for path in train.iterdir() if not is_hidden(path.name)):
        try:
            status = path.stat()
        except OSError as error:
            return f"{_shown(root, path)} is a link that leads nowhere: {error.strerror}"
        other = known.setdefault((status.st_dev, status.st_ino), path)
        if other != path and path.is_dir():
            return f"{_shown(root, other)} and {_shown(root, path)} are one folder, by a link"
    return None


def _same_names(folders: Sequence[Path]) -> str | None:
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        found[same_text(folder.name)].append(folder)
    same = next((name for name, alike in found.items() if len(alike) > 1), None)
    return same and (
        f"two class folders are called {shown_name(same)!r}, written in different forms of "
        "Unicode; put their images into one folder"
    )


def _wrong_sizes(root: Path, folders: Sequence[Path], sizes: Sequence[int] | None) -> str | None:
    if len(folders) < LEAST_CLASSES:
        return _one_class(root, folders[0])
    for folder, size in zip(folders, sizes or (), strict=bool(sizes)):
        if not size:
            other = next(iter(walk_files(folder)), None)
            hint = f"; {_shown(root, other)} is not named like an image" if other else ""
            return f"{_shown(root, folder)} has no images{hint}"
    if sizes and max(sizes) == 1:
        return (
            f"no class of {shown_name(root.name)!r} has more than one image; a search needs two of "
            "a class, one to train the weights and one to train the alphas"
        )
    return None


def _one_class(root: Path, folder: Path) -> str:
    inside = [shown_name(path.name) for path in class_folders(folder)]
    images = any(is_image(path) for path in folder.iterdir() if path.is_file())
    hint = ""
    if len(inside) > 1 and not images:
        hint = f"; {inside[0]}, {inside[1]} … look like the classes: move them up by one folder"
    return f"data set {shown_name(root.name)!r} has one class, {folder.name!r}{hint}"


def _shown(root: Path, path: Path) -> str:
    return shown_name(os.path.relpath(path, root.parent))


def _same(one: str, other: str) -> bool:
    return same_text(one) == same_text(other)
