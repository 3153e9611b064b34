"""What the check of a data set means to whoever submits a job that uses it."""

from typing import Any

from api.http.bodies import BASE
from api.http.errors import InvalidRequest
from api.schemas.spec_warnings import SpecWarningBody
from store.datasets import FoundDataset
from store.job_spec import JobSpec

_FIELD = "/dataset"
_MET_BY_IMAGE_SIZE = frozenset({"unequal_sizes", "large"})


def check_usable(spec: JobSpec[Any], found: FoundDataset) -> None:
    """Refuse a data set that its check has found to be unusable for a spec.

    Raises:
        InvalidRequest: names what was found, and where all of it is.
    """
    if found.errors:
        first = found.errors[0].message
        more = len(found.errors) - 1
        rest = f" (and {more} more)" if more else ""
        raise InvalidRequest.at(
            ["dataset"],
            f"data set {found.info.name!r} cannot be used: {first}{rest}; see {_address(found)}",
        )
    sizes = found.report and found.report.sizes
    if sizes and not sizes.equal and spec.image_size is None:
        raise InvalidRequest.at(
            ["image_size"],
            f"the images of {found.info.name!r} have different sizes, {sizes.least_height}×"
            f"{sizes.least_width} to {sizes.most_height}×{sizes.most_width} pixels: "
            "choose the image_size that all of them get",
        )


def dataset_warnings(spec: JobSpec[Any], found: FoundDataset) -> list[SpecWarningBody]:
    """Return what the check of a data set warns of, as far as it concerns a spec."""
    warnings = [
        SpecWarningBody(code=f"dataset_{finding.code}", message=finding.message, field=_FIELD)
        for finding in found.findings
        if finding.level == "warning"
        and not (spec.image_size is not None and finding.code in _MET_BY_IMAGE_SIZE)
    ]
    if found.state == "checking":
        message = (
            f"the images of {found.info.name!r} are still being checked; if they cannot be used, "
            f"this fails. See {_address(found)}"
        )
        warnings.insert(0, SpecWarningBody(code="dataset_checking", message=message, field=_FIELD))
    return warnings


def _address(found: FoundDataset) -> str:
    return f"{BASE}/datasets/{found.info.name}"
