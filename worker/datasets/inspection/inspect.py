"""Looks through a folder of images and reports all that is wrong or odd."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from store.dataset_report import ClassCounts, DatasetReport
from store.image_names import shown_name
from worker.datasets.deep_images import bits_for
from worker.datasets.inspection import topics
from worker.datasets.inspection.copies import equal_groups, similar_pairs
from worker.datasets.inspection.gathering import Gathering
from worker.datasets.inspection.notes import Notes
from worker.datasets.inspection.part import Part, look_at_part
from worker.datasets.inspection.pixel_counts import statistics
from worker.datasets.inspection.tree import Tree, read_tree
from worker.datasets.progress import OnProgress, ProgressReporter
from worker.datasets.waves import map_in_waves, threads_for

_PART_FILES = 64
"""What a thread looks at before it hands over what it saw."""
_FEW_IMAGES = 10
_MOST_IMBALANCE = 10
"""Times as many images as the smallest class has."""


class Inspection(NamedTuple):
    """A data set that was looked through."""

    report: DatasetReport
    tree: Tree


def inspect_folder(root: Path, *, on_progress: OnProgress) -> Inspection:
    """Read every image file of a data set once, and report all findings.

    Files with more than 8 bits a pixel are read twice, since all must be seen to know their range.

    Args:
        root: the folder that holds `train/` and, if there is one, `test/`.
        on_progress: called now and then; an exception from it ends the check.
    """
    notes = Notes()
    tree = read_tree(root, notes)
    seen = Gathering(tree, notes)
    reporter = ProgressReporter(on_progress, f"checking {root.name}", len(tree.files), "images")
    for part in _parts(tree, range(len(tree.files)), None):
        seen.add(part)
        reporter.advance(len(part.places))
    deep_bits = _look_at_deep(seen, tree)
    counts = seen.count(tree)
    _note_classes(counts, notes, has_test=tree.test_folder is not None)
    sizes = seen.size_range()
    _note_copies(seen)
    values, side = seen.value_counts(sizes)
    mean, std = statistics(values) or (None, None)
    report = DatasetReport(
        digest=seen.digest(),
        bytes=seen.bytes,
        files=len(tree.files),
        classes=counts,
        images=sum(count.train for count in counts),
        test_images=sum(count.test for count in counts),
        test_folder=tree.test_folder,
        sizes=sizes,
        mean=mean,
        std=std,
        statistics_side=side,
        deep_bits=deep_bits,
        findings=notes.findings(),
        files_mark=seen.files_mark(),
    )
    return Inspection(report, tree)


def _parts(tree: Tree, places: Sequence[int], deep_bits: int | None) -> Iterator[Part]:
    parts = [places[start : start + _PART_FILES] for start in range(0, len(places), _PART_FILES)]
    threads = threads_for([tree.files[place].path for place in places])
    work = partial(look_at_part, tree.files, deep_bits=deep_bits)
    return map_in_waves(work, parts, threads=threads, name="look")


def _look_at_deep(seen: Gathering, tree: Tree) -> int | None:
    if not seen.deep:
        return None
    bits = bits_for(max(seen.deep.values()))
    seen.note(topics.deep(bits), seen.deep)
    for part in _parts(tree, list(seen.deep), bits):
        seen.add(part)
    return bits


def _note_classes(counts: Sequence[ClassCounts], notes: Notes, *, has_test: bool) -> None:
    if not counts:
        notes.add(topics.NO_TRAINING_IMAGES, "train")
    elif len(counts) == 1:
        notes.add(topics.ONE_CLASS, counts[0].name)
    for count in counts:
        if not count.train:
            notes.add(topics.CLASS_EMPTY, count.name)
        elif count.train == 1:
            notes.add(topics.CLASS_OF_ONE, count.name)
        elif count.train < _FEW_IMAGES:
            notes.add(topics.class_small(_FEW_IMAGES), count.name)
        if has_test and not count.test:
            notes.add(topics.CLASS_WITHOUT_TEST, count.name)
    if counts and max(count.train for count in counts) == 1:
        notes.add(topics.NO_CLASS_OF_TWO, *(count.name for count in counts))
    sizes = sorted((count.train, count.name) for count in counts if count.train)
    if sizes and sizes[-1][0] >= _MOST_IMBALANCE * sizes[0][0]:
        (least, smallest), (most, largest) = sizes[0], sizes[-1]
        share = most / sum(size for size, _ in sizes)
        notes.add(topics.imbalanced(least, most, share), smallest, largest)


def _note_copies(seen: Gathering) -> None:
    marks, places = seen.marks()
    files = [seen.files[place] for place in places]
    for group in equal_groups(marks.pixels):
        same = [files[index] for index in group]
        if len({file.split for file in same}) > 1:
            topic = topics.SAME_IN_TEST
        elif len({file.label for file in same}) > 1:
            topic = topics.SAME_IN_CLASSES
        else:
            topic = topics.SAME_IN_CLASS
        seen.notes.add(topic, *(shown_name(file.name) for file in same))
    for left, right in similar_pairs(marks):
        one, other = files[left], files[right]
        topic = topics.SIMILAR_IN_TEST if one.split != other.split else topics.SIMILAR_IN_CLASSES
        seen.notes.add(topic, f"{shown_name(one.name)} ≈ {shown_name(other.name)}")
