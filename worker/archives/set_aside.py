"""Sets images of each class aside to test with, where an archive has no test images."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from store.wording import number_of
from worker.archives.archive import Member
from worker.archives.errors import LayoutRefused, shown
from worker.archives.layout import Layout

_LEAST_TRAINING_IMAGES = 2


def set_aside(layout: Layout, portion: float) -> Layout:
    """Return a layout in which a part of each class's images are test images.

    Which they are follows from their names alone, so the same archive is always split in the same
    way. At least one image of each class is set aside, and two are left.

    Args:
        layout: what the archive holds.
        portion: of the images of each class, above 0 and below 1.

    Raises:
        LayoutRefused: there are test images already, or a class has too few images.
    """
    if layout.test:
        raise LayoutRefused(
            "the archive has test images; leave test_portion out, or send the training images alone"
        )
    of_class: defaultdict[str, list[str]] = defaultdict(list)
    for path in layout.images:
        of_class[path.split("/")[1]].append(path)
    chosen = {path for name, paths in of_class.items() for path in _chosen(name, paths, portion)}
    images = {
        _as_test(path) if path in chosen else path: layout.images[path] for path in layout.images
    }
    test = {name: sum(path in chosen for path in paths) for name, paths in of_class.items()}
    note = (
        f"{len(chosen):,} images were set aside to test with, {100 * portion:.3g}% of each class."
    )
    return replace(
        layout,
        images=_in_order(images),
        train={name: count - test[name] for name, count in layout.train.items()},
        test=dict(sorted(test.items())),
        notes=[*layout.notes, note],
    )


def _chosen(name: str, paths: list[str], portion: float) -> list[str]:
    count = max(1, round(portion * len(paths)))
    if len(paths) - count < _LEAST_TRAINING_IMAGES:
        raise LayoutRefused(
            f"class {shown(name)} has only {number_of(len(paths), 'image')}, too few to set "
            f"{count} aside to test with; add images, or leave test_portion out"
        )
    return sorted(paths, key=lambda path: hashlib.sha256(path.encode()).digest())[:count]


def _as_test(path: str) -> str:
    return "test/" + path.partition("/")[2]


def _in_order(images: Mapping[str, Member]) -> dict[str, Member]:
    return dict(sorted(images.items(), key=lambda item: item[0].encode()))
