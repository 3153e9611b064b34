"""A check tells at once all that is wrong or odd about a folder of images."""

from collections import defaultdict
from pathlib import Path

from store.dataset_report import DatasetReport
from tests.support.faulty_images import make_faulty_folder
from worker.datasets.inspection import inspect_folder


def inspect(root: Path) -> DatasetReport:
    return inspect_folder(root, on_progress=lambda _: None)


def told(report: DatasetReport, level: str) -> dict[str, list[str]]:
    """Return the files of the findings of a level."""
    found: dict[str, list[str]] = defaultdict(list)
    for finding in report.findings:
        if finding.level == level:
            found[finding.code] += finding.files
    return dict(found)


def test_all_faults_of_a_folder_with_one_of_each_are_told(tmp_path: Path) -> None:
    report = inspect(make_faulty_folder(tmp_path))
    assert told(report, "error") == {
        "class_empty": ["empty"],
        "class_of_one": ["alone"],
        "class_only_in_test": ["bird"],
        "dangling_link": ["train/gone", "train/round", "train/cat/lost.png"],
        "linked_twice": ["train/twin"],
        "no_file": ["train/cat/pipe.png"],
        "same_name": ["train/café", "train/café"],
        "too_large": ["train/cat/bomb.png"],
        "undecodable": ["train/cat/torn.png"],
        "unknown_range": ["train/cat/float.tif"],
        "unreadable": ["train/cat/far.png"],
    }
    assert told(report, "warning") == {
        "animated": ["train/cat/film.webp"],
        "black": ["train/cat/black.png"],
        "class_small": ["few"],
        "class_without_test": [
            *("Dog", "alone", "café", "dog", "empty", "few", "twin", r"two\nlines", "�")
        ],
        "constant": ["train/cat/large.jpg", "train/cat/red.png"],
        "imbalanced": ["alone", "cat"],
        "large": ["train/cat/large.jpg"],
        "left_out": ["train/cat/README", "train/cat/notes.txt"],
        "name_no_text": ["train/�"],
        "name_unprintable": [r"train/two\nlines"],
        "other_folder": ["drafts"],
        "outside_classes": ["train/stray.png"],
        "same_in_classes": [
            *("train/Dog/photo.png", "train/cat/photo again.png", "train/cat/photo.png")
        ],
        "same_in_test": ["train/cat/seen.png", "test/cat/seen.png"],
        "similar_in_classes": ["train/Dog/like.jpg ≈ train/dog/like.png"],
        "similar_in_test": ["train/dog/test.png ≈ test/cat/test.jpg"],
        "similar_name": ["train/Dog", "train/dog"],
        "unequal_sizes": ["train/cat/large.jpg", "train/cat/phone.heic", "train/cat/wide.png"],
    }
    assert told(report, "info") == {
        "deep": ["train/cat/deep.png"],
        "junk": ["train/lost+found"],
        "linked": ["train/twin", "train/cat/link.png"],
        "mode": [
            *("train/cat/glass.png", "train/cat/grey.png", "train/cat/large.jpg"),
            "train/cat/deep.png",
        ],
        "nested": ["train/cat/more"],
        "same_in_class": ["train/few/once.png", "train/few/twice.png"],
        "split_renamed": ["val"],
        "transparent": ["train/cat/glass.png"],
        "turned": ["train/cat/turned.png"],
    }
