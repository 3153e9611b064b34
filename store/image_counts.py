"""How many images each class of a folder has, counted anew only when a folder changed.

What tells that it changed are the times of its folders, and those of folders that it links to.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from store.image_folder import class_folders, walk_files
from store.image_names import is_image

MOST_COUNTED_FILES = 100_000
"""A split with more files, or folders, than this is not counted."""
_SETTLED_NANOSECONDS = 2 * 10**9
"""Folders that changed later than this are counted each time: the time of a folder is coarse, so
another change may not show in it."""
_MOST_KEPT = 1024


@dataclass(frozen=True, kw_only=True)
class _Counted:
    sizes: tuple[int, ...] | None
    times: Mapping[Path, int]
    """When each folder was changed, of all that were looked into."""
    error: OSError | None = None
    """Why they could not be counted: a folder cannot be read."""


_kept: dict[Path, _Counted] = {}
_lock = Lock()


def count_images(split: Path) -> tuple[int, ...] | None:
    """Count the images of each class of a split; None if there are very many files.

    Raises:
        OSError: a folder cannot be read.
    """
    counted = _counted(split)
    if counted.error is not None:
        error = counted.error  # others raise it too, each with a traceback of its own
        raise OSError(error.errno, error.strerror, error.filename)
    return counted.sizes


def times_of_folders(split: Path) -> Mapping[Path, int]:
    """Return when each folder of a split was changed, also of those that it links to.

    If there are very many files, or a folder cannot be read, only the class folders count.
    """
    return _counted(split).times


def _counted(split: Path) -> _Counted:
    with _lock:
        counted = _kept.get(split)
    if counted is None or _has_changed(counted):
        counted = _count_or_tell(split, class_folders(split))
        _keep(split, counted)
    return counted


def _has_changed(counted: _Counted) -> bool:
    if any(_time_of(folder) != at for folder, at in counted.times.items()):
        return True
    # The time of a folder does not show that it may be read now.
    return counted.error is not None and _can_be_read(counted.error.filename)


def _can_be_read(folder: str) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return True


def _count_or_tell(split: Path, classes: Sequence[Path]) -> _Counted:
    try:
        return _count(split, classes)
    except OSError as error:
        return _Counted(sizes=None, times=_times_of_classes(split, classes), error=error)


def _count(split: Path, classes: Sequence[Path]) -> _Counted:
    times = {split: _time_of(split)}

    def remember(folder: Path) -> None:
        times[folder] = _time_of(folder)

    sizes: list[int] = []
    files = 0
    for folder in classes:
        images = 0
        for path in walk_files(folder, on_error=_raise, on_folder=remember):
            images += is_image(path)
            files += 1
            if max(files, len(times)) > MOST_COUNTED_FILES:
                return _Counted(sizes=None, times=_times_of_classes(split, classes))
        sizes.append(images)
    return _Counted(sizes=tuple(sizes), times=times)


def _times_of_classes(split: Path, classes: Sequence[Path]) -> Mapping[Path, int]:
    return {folder: _time_of(folder) for folder in (split, *classes)}


def _keep(split: Path, counted: _Counted) -> None:
    settled = time.time_ns() - max(counted.times.values()) >= _SETTLED_NANOSECONDS
    with _lock:
        _kept.pop(split, None)
        if settled:
            _kept[split] = counted
        while len(_kept) > _MOST_KEPT:
            _kept.pop(next(iter(_kept)))


def _time_of(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _raise(error: OSError) -> None:
    raise error
