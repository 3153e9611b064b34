"""Warns of a job that is expected to take more than a day, and words a refusal of a longer one."""

from api.schemas.spec_warnings import SpecWarningBody
from store.kinds import Kind
from store.wording import number_of

_SECONDS_AN_HOUR = 3600.0
_LONG_HOURS = 24.0


def too_long(kind: Kind, seconds: float, most_hours: float, *, mostly: str = "") -> str | None:
    """Return what speaks against a job that would take unreasonably long; None if it would not.

    Args:
        kind: of the job.
        seconds: what it would take on one thread of a CPU; a GPU is faster by orders of magnitude.
        most_hours: the limit.
        mostly: what takes most of them, if that is known.
    """
    hours = seconds / _SECONDS_AN_HOUR
    if hours <= most_hours:
        return None
    where = f", most of them in {mostly}" if mostly else ""
    return (
        f"the {kind.noun} would take about {_hours(hours)} on one CPU thread{where}; the limit is "
        f"{_hours(most_hours)}. Fewer epochs, images or channels take less"
    )


def duration_warnings(
    kind: Kind, seconds: float | None, device: str | None
) -> list[SpecWarningBody]:
    """Return a warning if a job is expected to take long.

    Args:
        kind: of the job.
        seconds: what it is expected to take; None if that is not known.
        device: the kind of device that this holds for.
    """
    hours = (seconds or 0.0) / _SECONDS_AN_HOUR
    if hours <= _LONG_HOURS:
        return []
    helps = "Fewer images (max_images)"
    helps += ", a smaller recipe (preset) or a GPU" if device == "cpu" else " or a smaller recipe"
    warning = SpecWarningBody(
        code="takes_long",
        message=f"The {kind.noun} is expected to take about {_hours(hours)} on {device}. "
        f"{helps} would shorten it.",
        field="/preset",
    )
    return [warning]


def _hours(hours: float) -> str:
    return number_of(round(hours), "hour")
