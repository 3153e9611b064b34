"""A data set as clients see it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.http.bodies import Body, Input, described
from api.schemas.jobs import JobErrorBody, job_error
from store.catalogue import LONGEST_NAME
from store.datasets import DatasetState, FoundDataset
from store.ids import IdKind, id_pattern
from store.lifecycle import status_of
from store.states import Status
from store.tables import Check

MOST_TEST_PORTION = 0.9
ARCHIVE_BODY: dict[str, Any] = {
    "required": True,
    "description": "A zip or tar file (also compressed with gzip, bzip2 or xz), as "
    "`curl -T FILE` sends it",
    "content": {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary"},
            "example": "the bytes of the file",
        }
    },
}


class ImageSizeBody(Body):
    """The size of an image."""

    height: int = described("In pixels")
    width: int = described("In pixels")


class DatasetCheckBody(Body):
    """The newest check of a data set."""

    id: str = described("The check's ID")
    status: Status = described("As of any job")
    fraction: float = described("How much of it is done, from 0 to 1")
    is_current: bool = described(
        "Whether it is of the images as they are now; a folder may have changed since"
    )
    error: JobErrorBody | None = described("Why it failed; null if it did not")
    created_at: datetime = described("When it was queued")
    finished_at: datetime | None = described("When it ended")


class DatasetRequest(Input):
    """A data set to make of a file that was sent in parts."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = described(
        "The data set's name", examples=["flowers"]
    )
    upload: Annotated[str, Field(pattern=id_pattern(IdKind.UPLOAD))] = described(
        "The ID of the upload, which must be complete; it is deleted afterwards"
    )
    test_portion: Annotated[float, Field(ge=0, le=MOST_TEST_PORTION)] | None = described(
        "Where the archive has no test images: which part of each class's images is set aside to "
        "test with; null, the default: none",
        default=None,
    )


class DatasetBody(Body):
    """What is known about a data set without decoding it."""

    id: str | None = described(
        f"`{IdKind.DATASET}_…` if you sent it; null for one that all owners share"
    )
    name: str = described("Use it as `dataset` in a spec", examples=["digits"])
    kind: Literal["builtin", "folder", "sent"] = described(
        "`folder`: a folder of images in the data folder; `sent`: sent over HTTP, and yours alone"
    )
    state: DatasetState = described(
        "`ready`: usable; `invalid`: its check found errors, and jobs are refused, unless "
        "`skip_invalid` leaves out everything that is wrong; `checking`: a check is queued or "
        "running; `unchecked`: its images have not been checked as they are now, or the check "
        "failed"
    )
    classes: int = described("Number of classes")
    images: int | None = described("Number of training images; null if counting would take long")
    image_size: ImageSizeBody | None = described("The size of its first image, if that is known")
    available: bool = described(
        "Whether it is on this machine; if not, it is downloaded on first use"
    )
    digest: str | None = described(
        "SHA-256 of its images and their paths: the same images have the same digest. Null where "
        "they have not been read"
    )
    bytes: int | None = described("Size of its images; null where that is not known")
    created_at: datetime | None = described("When its images were sent; null if they were not")
    check: DatasetCheckBody | None = described("Its newest check; null if it was never checked")


class ClassCountBody(Body):
    """How many images a class has."""

    name: str = described("The class's name, which is that of its folder")
    train: int = described("Training images")
    test: int = described("Test images")


class FindingBody(Body):
    """One thing that a check saw."""

    code: str = described("For programs", examples=["undecodable"])
    level: Literal["error", "warning", "info"] = described(
        "An `error` keeps the set from being used, unless it `can_be_skipped` and the spec has "
        "`skip_invalid`"
    )
    count: int = described("How many files or classes it concerns")
    files: list[str] = described("Which, 100 at most")
    message: str = described("For people")
    advice: str = described("What to do about it; empty if nothing")
    can_be_skipped: bool = described(
        "Whether a job leaves these files out if its spec has `skip_invalid`"
    )


class SizeRangeBody(Body):
    """The sizes of all images."""

    least_height: int = described("In pixels")
    least_width: int = described("In pixels")
    most_height: int = described("In pixels")
    most_width: int = described("In pixels")
    equal: bool = described("Whether all have the same size; if not, a spec needs `image_size`")


class DatasetDetails(DatasetBody):
    """What is known about a data set, with what its check found."""

    class_counts: list[ClassCountBody] | None = described(
        "Images of each class: those that can be used, once that has been checked, and until then "
        "all that were sent; null for a folder that has not been checked, and built-in sets"
    )
    test_images: int | None = described("Number of test images; null where it is not known")
    sizes: SizeRangeBody | None = described("Null where they have not been read")
    mean: list[float] | None = described("Of each channel, from 0 to 1; null where it is unknown")
    std: list[float] | None = described("Of each channel; null where it is unknown")
    left_out: dict[str, int] = described(
        "How many files of the archive were not images, by their suffixes"
    )
    notes: list[str] = described("What was done to the archive's names, such as a folder ignored")
    findings: list[FindingBody] = described("What the check found, errors first")


def dataset_body(found: FoundDataset) -> DatasetBody:
    """Return what clients are shown of a data set in a list."""
    info, row, report = found.info, found.row, found.report
    size = info.image_size
    return DatasetBody(
        id=row and row.id,
        name=info.name,
        kind=info.kind,
        state=found.state,
        classes=info.classes,
        images=info.images,
        image_size=size and ImageSizeBody(height=size.height, width=size.width),
        available=info.available,
        digest=found.digest,
        bytes=row.bytes if row is not None else report and report.bytes,
        created_at=row and row.created_at,
        check=found.check and _check_body(found.check, is_current=found.was_checked),
    )


def dataset_details(found: FoundDataset, test_images: int | None) -> DatasetDetails:
    """Return everything that clients are shown of a data set."""
    row, report = found.row, found.report
    sizes = report and report.sizes
    return DatasetDetails(
        **vars(dataset_body(found)),
        class_counts=_class_counts(found),
        test_images=test_images,
        sizes=sizes and SizeRangeBody(**vars(sizes)),
        mean=report and report.mean and list(report.mean),
        std=report and report.std and list(report.std),
        left_out=row.left_out if row is not None else {},
        notes=row.notes if row is not None else [],
        findings=[
            FindingBody(**vars(finding), can_be_skipped=finding.can_be_skipped)
            for finding in found.findings
        ],
    )


def _class_counts(found: FoundDataset) -> list[ClassCountBody] | None:
    if found.report is not None:
        return [ClassCountBody(**vars(told)) for told in found.report.classes]
    if found.row is not None:
        return [ClassCountBody(**told) for told in found.row.classes]
    return None


def _check_body(check: Check, *, is_current: bool) -> DatasetCheckBody:
    job = check.job
    return DatasetCheckBody(
        id=check.id,
        status=status_of(job),
        fraction=job.progress_fraction,
        is_current=is_current,
        error=job_error(job),
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
