"""What the check of a data set means to whoever submits a job that uses it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from api.http.bodies import BASE
from api.http.errors import InvalidRequest
from api.schemas.spec_warnings import SpecWarningBody
from store.dataset_report import Finding
from store.datasets import DatasetState, FoundDataset
from store.job_spec import JobSpec

_FIELD = "/dataset"
_MET_BY_IMAGE_SIZE = frozenset({"unequal_sizes", "large"})
_UNKNOWN: Mapping[DatasetState, str] = MappingProxyType(
    {
        "checking": "are still being checked",
        "unchecked": "have not been checked as they are now",
    }
)
"""What is said of images of which it is not known whether they can be used."""


def check_usable(spec: JobSpec[Any], found: FoundDataset) -> None:
    """Refuse a data set that its check has found to be unusable for a spec.

    Raises:
        InvalidRequest: names what was found, and where all of it is.
    """
    if found.state == "checking":
        return  # what was found before may have been mended
    errors = _errors_for(spec, found)
    if errors:
        more = len(errors) - 1
        rest = f" (and {more} more)" if more else ""
        hint = "" if _others(errors) else "; skip_invalid leaves such files out"
        raise InvalidRequest.at(
            ["dataset"],
            f"data set {found.info.name!r} cannot be used: {errors[0].message}{rest}; see "
            f"{_address(found)}{hint}",
        )
    sizes = found.report and found.report.sizes
    if sizes and not sizes.equal and spec.image_size is None:
        raise InvalidRequest.at(
            ["image_size"],
            f"the images of {found.info.name!r} have different sizes, {sizes.least_height}×"
            f"{sizes.least_width} to {sizes.most_height}×{sizes.most_width} pixels: "
            "choose the image_size that all of them get",
        )


def _errors_for(spec: JobSpec[Any], found: FoundDataset) -> Sequence[Finding]:
    """Return what keeps a spec from using a data set."""
    return _others(found.errors) if spec.skip_invalid else found.errors


def _others(errors: Sequence[Finding]) -> Sequence[Finding]:
    """Return the errors that leaving files out does not mend."""
    return [error for error in errors if not error.can_be_skipped]


def dataset_warnings(spec: JobSpec[Any], found: FoundDataset) -> list[SpecWarningBody]:
    """Return what the check of a data set warns of, as far as it concerns a spec."""
    warnings = [
        SpecWarningBody(code=f"dataset_{finding.code}", message=finding.message, field=_FIELD)
        for finding in found.findings
        if finding.level == "warning"
        and not (spec.image_size is not None and finding.code in _MET_BY_IMAGE_SIZE)
    ]
    warnings += [
        SpecWarningBody(code="dataset_skipped", message=f"{error.message}; left out", field=_FIELD)
        for error in found.errors
        if spec.skip_invalid and error.can_be_skipped
    ]
    unknown = _UNKNOWN.get(found.state)
    if unknown is not None:
        address = _address(found)
        message = (
            f"the images of {found.info.name!r} {unknown}; if they cannot be used, this fails. "
            f"See {address}"
        )
        if found.state == "unchecked":
            message += f"; POST {address}/check begins their check"
        warnings.insert(
            0, SpecWarningBody(code=f"dataset_{found.state}", message=message, field=_FIELD)
        )
    return warnings


def _address(found: FoundDataset) -> str:
    return f"{BASE}/datasets/{found.info.name}"
