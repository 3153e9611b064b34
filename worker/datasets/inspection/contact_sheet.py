"""One picture of a whole data set: some images of each class, as the network will see them."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from store.dataset_report import SHEET_CELL, SHEET_COLUMNS, SHEET_ROWS
from worker.datasets.decoding import (
    MOST_BITS,
    ImageError,
    decode_at_least,
    fit_square,
    opened_image,
    upright_rgb,
)
from worker.datasets.inspection.tree import ImageFile, Tree

_EMPTY = (255, 255, 255)
_BROKEN = (160, 160, 160)
"""In place of an image that cannot be decoded."""


def contact_sheet(
    tree: Tree, *, deep_bits: int | None = None, beat: Callable[[], None] = lambda: None
) -> bytes:
    """Draw a PNG: a row of cells for each class, in the order of the report.

    Args:
        tree: what is in the data set.
        deep_bits: as the report tells it.
        beat: called before each image; an exception from it ends the drawing.
    """
    classes = len(tree.classes)
    rows = min(classes, SHEET_ROWS)
    of_class: list[list[ImageFile]] = [[] for _ in range(classes)]
    for file in tree.files:
        if file.split == "train":
            of_class[file.label].append(file)
    sheet = Image.new("RGB", (SHEET_COLUMNS * SHEET_CELL, max(1, rows) * SHEET_CELL), _EMPTY)
    for row, files in enumerate(of_class[:rows]):
        for column, file in enumerate(_spread(files, SHEET_COLUMNS)):
            beat()
            cell = _cell(Path(file.path), deep_bits or MOST_BITS)
            sheet.paste(cell, (column * SHEET_CELL, row * SHEET_CELL))
    target = BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()


def _spread(files: Sequence[ImageFile], most: int) -> Sequence[ImageFile]:
    """Choose files from the whole class, not from its beginning alone."""
    if len(files) <= most:
        return files
    return [files[index * len(files) // most] for index in range(most)]


def _cell(path: Path, deep_bits: int) -> Image.Image:
    try:
        with opened_image(path) as image:
            decode_at_least(image, SHEET_CELL)
            rgb = upright_rgb(image, deep_bits).rgb
    except ImageError:
        return Image.new("RGB", (SHEET_CELL, SHEET_CELL), _BROKEN)
    square = fit_square(rgb, min(SHEET_CELL, *rgb.size))
    return square.resize((SHEET_CELL, SHEET_CELL), Image.Resampling.NEAREST)
