"""The picture with some images of each class, which a check draws."""

import io
from collections.abc import Sequence

from PIL import Image

from api.http.bodies import BASE
from api.http.errors import ArtifactsUnavailable, NoSamples, NotFound
from store.artifacts import ArtifactError, ArtifactStore, ArtifactsUnreachable
from store.dataset_report import SHEET_CELL, ClassCounts
from store.datasets import FoundDataset


def draw(artifacts: ArtifactStore, found: FoundDataset, label: str | None) -> bytes:
    """Return the picture as a PNG.

    Args:
        artifacts: where it is.
        found: the data set.
        label: the only class to show; None for all.

    Raises:
        NoSamples: it is built in, or no check of the images as they are now has ended.
        NotFound: there is no such class in the picture.
        ArtifactsUnavailable: the store does not answer.
    """
    if found.info.kind == "builtin":
        raise NoSamples(
            f"{found.info.name!r} is built in, so its images are not checked and there are no "
            "samples"
        )
    check, report = found.last_with_report, found.report
    if report is None or check is None or check.samples_key is None:
        raise NoSamples(_why_none(found))
    try:
        sheet = artifacts.get(check.samples_key, sha256=check.samples_sha256 or "")
    except ArtifactsUnreachable as error:
        raise ArtifactsUnavailable.silent() from error
    except ArtifactError as error:
        raise NoSamples(f"the samples are damaged ({error}); check the data set again") from error
    return sheet if label is None else _row(sheet, _place(report.classes, label), label)


def _why_none(found: FoundDataset) -> str:
    name = found.info.name
    if found.is_being_checked:
        return f"the samples of {name!r} are drawn by its check, which has not ended yet; try later"
    return (
        f"there are no samples of {name!r}: no check has finished, or it could not store them; "
        f"POST {BASE}/datasets/{name}/check begins one"
    )


def _place(classes: Sequence[ClassCounts], label: str) -> int:
    names = [told.name for told in classes]
    if label not in names:
        raise NotFound(f"the data set has no class {label!r}")
    return names.index(label)


def _row(sheet: bytes, place: int, label: str) -> bytes:
    with Image.open(io.BytesIO(sheet)) as image:
        top = place * SHEET_CELL
        if top >= image.height:
            shown = image.height // SHEET_CELL
            raise NotFound(
                f"the picture shows only the first {shown} classes, and {label!r} is not one of "
                "them"
            )
        cut = image.crop((0, top, image.width, top + SHEET_CELL))
    file = io.BytesIO()
    cut.save(file, "PNG")
    return file.getvalue()
