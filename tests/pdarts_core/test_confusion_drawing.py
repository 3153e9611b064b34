"""A confusion matrix, drawn: every count in its place, readable by everyone."""

from xml.etree import ElementTree as ET

from pdarts_core.drawing import draw_confusion

NAMES = ["cat", "dog", "<owl>"]
COUNTS = [[8, 2, 0], [0, 5, 5], [1, 0, 3]]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(names: list[str], counts: list[list[int]]) -> ET.Element:
    return ET.fromstring(draw_confusion(names, counts))


def tiles_in(root: ET.Element) -> list[ET.Element]:
    return [e for e in root.iter(SVG + "rect") if "fill-opacity" in e.attrib]


def test_each_count_stands_in_the_row_of_its_class_and_the_column_of_the_other() -> None:
    root = drawn(NAMES, COUNTS)
    numbers = [e for e in root.findall(SVG + "text") if str(e.text).isdigit()]
    columns = sorted({e.attrib["x"] for e in numbers}, key=float)
    rows = sorted({e.attrib["y"] for e in numbers}, key=float)
    found = {(rows.index(e.attrib["y"]), columns.index(e.attrib["x"])): e.text for e in numbers}
    assert found == {
        (row, column): str(count)
        for row, counts in enumerate(COUNTS)
        for column, count in enumerate(counts)
        if count
    }


def test_a_colour_is_the_share_of_the_classs_images() -> None:
    shares = [float(e.attrib["fill-opacity"]) for e in tiles_in(drawn(NAMES, COUNTS))]
    assert shares == [0.8, 0.2, 0.5, 0.5, 0.25, 0.75]


def test_a_screen_reader_is_told_how_many_were_right_and_the_worst_mistake() -> None:
    root = drawn(NAMES, COUNTS)
    assert root.attrib["role"] == "img"
    assert root.findtext(SVG + "title") == "Confusion matrix"
    assert root.findtext(SVG + "desc") == (
        "3 classes; 16 of 24 images were classified correctly."
        " Most often: 5 of dog taken for <owl>."
    )


def test_a_name_of_any_kind_is_written() -> None:
    root = drawn(["a\x01b", "c" * 50, "d"], COUNTS)
    told = {e.text for e in root.iter(SVG + "text")}
    assert {"a\ufffdb", "c" * 23 + "…", "d"} <= told


def test_many_classes_are_a_pattern_without_names() -> None:
    classes = 200
    counts = [[int(row == column) for column in range(classes)] for row in range(classes)]
    root = drawn([f"class {number}" for number in range(classes)], counts)
    assert len(list(root.iter(SVG + "text"))) == 1
    assert len(tiles_in(root)) == classes


def test_a_class_without_images_has_an_empty_row() -> None:
    assert len(tiles_in(drawn(["a", "b"], [[1, 0], [0, 0]]))) == 1
