"""The images about which a network was surest, and wrong, as one picture."""

import hashlib
from io import BytesIO

from PIL import Image
from torch import Tensor

from store.artifacts import ArtifactStore
from store.model_files import WRONG_CELL, WRONG_COLUMNS, sheet_key
from worker.datasets.decoding import fit_square
from worker.kinds.evaluation.models import put_patiently

_EMPTY = (255, 255, 255)


def store_sheet(artifacts: ArtifactStore, evaluation_id: str, pictures: Tensor) -> str | None:
    """Draw images, store the picture, and return its sha256; None without any images.

    Args:
        artifacts: where to.
        evaluation_id: whose they are.
        pictures: uint8 [n, 3, H, W].

    Raises:
        ArtifactsUnreachable: the store is full, or refuses.
    """
    if not len(pictures):
        return None
    data = draw_sheet(pictures)
    sha256 = hashlib.sha256(data).hexdigest()
    put_patiently(artifacts, sheet_key(evaluation_id, sha256), data)
    return sha256


def draw_sheet(pictures: Tensor) -> bytes:
    """Draw images [n, 3, H, W] as a PNG: row by row, one in each cell."""
    rows = -(-len(pictures) // WRONG_COLUMNS)
    size = (WRONG_COLUMNS * WRONG_CELL, rows * WRONG_CELL)
    sheet = Image.new("RGB", size, _EMPTY)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, WRONG_COLUMNS)
        image = Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())
        square = fit_square(image, min(WRONG_CELL, *image.size))
        cell = square.resize((WRONG_CELL, WRONG_CELL), Image.Resampling.NEAREST)
        sheet.paste(cell, (column * WRONG_CELL, row * WRONG_CELL))
    target = BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()
