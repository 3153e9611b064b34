"""What speaks against a spec, as clients see it."""

from api.http.bodies import Body, described
from api.http.problem import to_pointer
from pdarts_core.estimates.spec_warnings import SpecWarning


class SpecWarningBody(Body):
    """One thing that speaks against a spec; the job can run all the same."""

    code: str = described("For programs", examples=["few_alpha_steps"])
    message: str = described("For people")
    field: str | None = described(
        "JSON pointer (RFC 6901) into the spec, to what could be changed; null if it is no field",
        examples=["/arch_learning_rate"],
    )


def spec_warning_body(warning: SpecWarning) -> SpecWarningBody:
    """Return what clients are shown of a warning."""
    field = None if warning.field is None else to_pointer(warning.field)
    return SpecWarningBody(code=warning.code, message=warning.message, field=field)
