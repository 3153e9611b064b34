"""A check tells at once all that is wrong or odd about a folder of images."""

import hashlib
import json
import unicodedata
from collections import defaultdict
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from store.dataset_report import SHEET_CELL, ClassCounts, DatasetReport, SizeRange
from tests.support.as_nobody import as_nobody
from tests.support.faulty_images import make_faulty_folder
from tests.support.images import make_image, make_image_folder
from worker.datasets import DatasetProgress
from worker.datasets.inspection import contact_sheet, inspect_folder, topics
from worker.datasets.inspection.notes import Notes, Topic
from worker.datasets.inspection.tree import read_tree
from worker.datasets.loading import load_dataset


def inspect(root: Path) -> DatasetReport:
    return inspect_folder(root, on_progress=lambda _: None).report


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
        "class_of_one": ["alone"],
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


def test_a_folder_whose_files_can_be_listed_alone_is_told(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path)
    with as_nobody(train, 0o444):
        report = inspect(train.parent)
    assert told(report, "error")["unreadable"] == ["train/cat", "train/dog"]


def test_report_counts_what_can_be_used(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 12, "dog": 11})
    make_image_folder(tmp_path, classes={"cat": 2, "dog": 1}, split="test")
    (train / "dog" / "torn.png").write_bytes(b"\x89PNG")
    report = inspect(train.parent)
    assert report.classes == (
        ClassCounts(name="cat", train=12, test=2),
        ClassCounts(name="dog", train=11, test=1),
    )
    assert (report.images, report.test_images, report.files) == (23, 3, 27)
    assert "error" in {finding.level for finding in report.findings}
    assert report.sizes == SizeRange(
        least_height=8, least_width=8, most_height=8, most_width=8, equal=True
    )
    assert DatasetReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report


@pytest.mark.parametrize(("side", "other"), [(8, 8), (32, 32), (40, 20)])
def test_mean_and_deviation_are_those_that_are_trained_with(
    side: int, other: int, tmp_path: Path
) -> None:
    make_image_folder(tmp_path, classes={"cat": 3}, height=side, width=side)
    train = make_image_folder(tmp_path, classes={"dog": 3}, height=other, width=side)
    report = inspect(train.parent)
    image_size = None if side == other else report.statistics_side
    loaded = load_dataset("pets", data_dir=tmp_path, image_size=image_size)
    assert report.statistics_side == (None if side == other else 32)
    assert report.mean == pytest.approx(loaded.mean)
    assert report.std == pytest.approx(loaded.std)


def test_digest_is_of_names_and_content_alone(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "café": 2})
    make_image_folder(tmp_path, classes={"cat": 1}, split="test")
    before = inspect(train.parent).digest
    lines = sorted(
        (path.relative_to(train.parent).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in train.parent.rglob("*.png")
    )
    expected = "".join(f"{sha256} {path}\n" for path, sha256 in lines)
    assert before == hashlib.sha256(expected.encode()).hexdigest()
    (train / "café").rename(train / unicodedata.normalize("NFD", "café"))
    (train.parent / "test").rename(train.parent / "Validation")
    (train / "cat" / "notes.txt").touch()
    assert inspect(train.parent).digest == before
    (train / "cat" / "000.png").rename(train / "cat" / "100.png")
    assert inspect(train.parent).digest != before


@pytest.mark.parametrize(
    ("files", "code", "told_of"),
    [
        ([], "no_training_images", ["train"]),
        (["0.png", "cat/0.png"], "no_training_images", ["train"]),
        (["train/0.png"], "outside_classes", ["train/0.png"]),
        (["train/cat/0.png"], "one_class", ["cat"]),
        (["train/cat/0.png", "train/dog/0.png"], "no_class_of_two", ["cat", "dog"]),
        (
            ["train/pets/cat/0.png", "train/pets/dog/0.png"],
            "nesting",
            ["train/pets/cat", "train/pets/dog"],
        ),
        (["pets/train/cat/0.png"], "other_folder", ["pets"]),
    ],
)
def test_images_in_the_wrong_place_are_told(
    files: list[str], code: str, told_of: list[str], tmp_path: Path
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        make_image().save(tmp_path / file)
    report = inspect(tmp_path)
    assert "error" in {finding.level for finding in report.findings}
    assert [list(finding.files) for finding in report.findings if finding.code == code] == [told_of]


def test_of_very_many_files_a_hundred_are_named_and_all_counted(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 2, "dog": 2})
    for number in range(150):
        (train / "cat" / f"{number}.png").write_bytes(b"torn")
    (finding,) = [f for f in inspect(train.parent).findings if f.code == "undecodable"]
    assert (finding.count, len(finding.files)) == (150, 100)
    assert finding.message.startswith("150 files: ")


def test_progress_is_told_and_ends_the_check_when_it_raises(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"cat": 70, "dog": 70})
    heard: list[DatasetProgress] = []
    inspect_folder(train.parent, on_progress=heard.append)
    assert (heard[-1].done, heard[-1].total) == (140, 140)

    def stop(_: DatasetProgress) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        inspect_folder(train.parent, on_progress=stop)


def test_contact_sheet_has_a_row_for_each_class(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"ant": 20, "bee": 0, "cow": 1})
    Image.new("RGB", (200, 100), "red").save(train / "bee" / "0.jpg", quality=95)
    (train / "bee" / "torn.png").write_bytes(b"torn")
    sheet = Image.open(BytesIO(contact_sheet(read_tree(train.parent, Notes()))))
    assert sheet.size == (8 * SHEET_CELL, 3 * SHEET_CELL)

    def cell(row: int, column: int) -> Image.Image:
        left, top = column * SHEET_CELL, row * SHEET_CELL
        return sheet.crop((left, top, left + SHEET_CELL, top + SHEET_CELL))

    first = Image.open(train / "ant" / "000.png")
    assert cell(0, 0).resize(first.size, Image.Resampling.NEAREST).tobytes() == first.tobytes()
    assert len({cell(0, column).tobytes() for column in range(8)}) == 8
    assert cell(1, 0).getpixel((32, 32)) == (254, 0, 0)
    assert cell(1, 1).getcolors() == [(SHEET_CELL**2, (160, 160, 160))]
    assert cell(2, 1).getcolors() == [(SHEET_CELL**2, (255, 255, 255))]


def test_what_guessing_the_largest_of_unequal_classes_reaches_is_told(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"ant": 2, "bee": 20, "cat": 18})
    (unequal,) = [one for one in inspect(train.parent).findings if one.code == "imbalanced"]
    assert unequal.message.endswith("would be right for 50% of the training images")


def test_contact_sheet_can_be_broken_off_at_each_image(tmp_path: Path) -> None:
    train = make_image_folder(tmp_path, classes={"ant": 3, "bee": 2})
    beats: list[int] = []
    contact_sheet(read_tree(train.parent, Notes()), beat=lambda: beats.append(1))
    assert len(beats) == 5


def all_topics() -> dict[str, str]:
    """Return the level of all that can be found."""
    made = [topics.class_small(10), topics.imbalanced(1, 10, 0.5), topics.left_out(".txt")]
    made += [topics.deep(12), topics.mode("L")]
    fixed = [topic for topic in vars(topics).values() if isinstance(topic, Topic)]
    return {topic.code: topic.level for topic in made + fixed}


def test_the_documentation_names_all_that_can_be_found() -> None:
    page = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text()
    table = page.partition("| `code` | level | what was seen |\n| --- | --- | --- |\n")[2]
    documented: dict[str, str] = {}
    for row in table.partition("\n\n")[0].splitlines():
        codes, level, _ = row.strip("| ").split(" | ")
        documented |= dict.fromkeys((code.strip("`") for code in codes.split(", ")), level)
    assert documented == all_topics()
