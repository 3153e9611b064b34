"""A confusion matrix as SVG: a row for each class, a column for what its images were taken for."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from pdarts_core.drawing.styles import INK, PAPER
from pdarts_core.drawing.svg_shapes import add, add_text, add_tile, document, text_width
from pdarts_core.wording import number_of

Confusion = Sequence[Sequence[int]]

_MOST_NAMED = 40
"""Classes that are named; more are a pattern of coloured squares."""
_SIDE, _SMALL_SIDE = 34.0, 4.0
"""Of a square, in pixels: with a number in it, and without."""
_MARGIN = 16.0
_TITLE_SIZE = 14.0
_TITLE_HEIGHT = 34.0
_GAP = 8.0
_LONGEST_NAME = 24
_DARK_SHARE = 0.5
"""Of a colour, from which on numbers on it are written in that of the paper."""


def draw_confusion(names: Sequence[str], confusion: Confusion) -> str:
    """Draw which classes were taken for which, as an SVG document.

    Each row is coloured by the shares of its class's images. The same counts always give the same
    text.

    Args:
        names: of the classes.
        confusion: images of each class (a row) that were taken for each class (a column).
    """
    named = len(names) <= _MOST_NAMED
    side = _SIDE if named else _SMALL_SIDE
    labels = [_label(name) for name in names] if named else []
    label_width = max(map(text_width, labels), default=0.0) + (_GAP if named else 0.0)
    left, top = _MARGIN + label_width, _MARGIN + _TITLE_HEIGHT + label_width
    root = document(
        "Confusion matrix",
        _describe(names, confusion),
        width=max(left + side * len(names), text_width(_TITLE, _TITLE_SIZE) + _MARGIN) + _MARGIN,
        height=top + side * len(names) + _MARGIN,
    )
    middle = _MARGIN + _TITLE_SIZE / 2
    add_text(root, _TITLE, _MARGIN, middle, size=_TITLE_SIZE, anchor="start")
    for place, label in enumerate(labels):
        along = (place + 0.5) * side
        add_text(root, label, left - _GAP, top + along, anchor="end")
        turned = add(
            root, "g", transform=f"translate({left + along:.1f} {top - _GAP:.1f}) rotate(-90)"
        )
        add_text(turned, label, 0, 0, anchor="start")
    for row, counts in enumerate(confusion):
        _draw_row(root, counts, left=left, top=top + row * side, side=side, numbered=named)
    ET.indent(root, space=" ")
    return ET.tostring(root, encoding="unicode") + "\n"


_TITLE = "Rows: images of a class. Columns: what they were taken for."


def _draw_row(
    root: ET.Element,
    counts: Sequence[int],
    *,
    left: float,
    top: float,
    side: float,
    numbered: bool,
) -> None:
    images = sum(counts)
    for column, count in enumerate(counts):
        if not count:
            continue
        share, x = count / images, left + column * side
        add_tile(root, x, top, side, share)
        if numbered:
            paint = PAPER if share > _DARK_SHARE else INK
            add_text(root, str(count), x + side / 2, top + side / 2, paint=paint)


def _describe(names: Sequence[str], confusion: Confusion) -> str:
    """Return what a screen reader says of it."""
    images, right = sum(map(sum, confusion)), sum(row[i] for i, row in enumerate(confusion))
    were = "was" if right == 1 else "were"
    of_all = f"{right} of {number_of(images, 'image')} {were} classified correctly"
    told = f"{len(names)} classes; {of_all}."
    mistakes = [
        (-count, row, column)
        for row, counts in enumerate(confusion)
        for column, count in enumerate(counts)
        if count and row != column
    ]
    if mistakes:
        count, row, column = min(mistakes)
        told += f" Most often: {-count} of {_label(names[row])} taken for {_label(names[column])}."
    return told


def _label(name: str) -> str:
    """Return a class's name as it can stand in a drawing."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 1] + "…"
