"""Warns of a job that is expected to take more than a day."""

from api.schemas.spec_warnings import SpecWarningBody
from store.kinds import Kind

_SECONDS_AN_HOUR = 3600.0
_LONG_HOURS = 24.0


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
    helps = "fewer images (max_images)"
    helps += ", a smaller recipe (preset) or a GPU" if device == "cpu" else " or a smaller recipe"
    warning = SpecWarningBody(
        code="takes_long",
        message=f"The {kind.noun} is expected to take about {hours:,.0f} hours on {device}. "
        f"It takes less with {helps}.",
        field="/preset",
    )
    return [warning]
