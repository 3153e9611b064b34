"""The body of every error (RFC 9457)."""

from collections.abc import Sequence

from api.http.bodies import Body, described


class BadField(Body):
    """Where a request is wrong, and why."""

    pointer: str | None = described(
        "JSON pointer (RFC 6901) into the body; empty for the whole body",
        default=None,
        examples=["/stages/1/num_to_keep"],
    )
    parameter: str | None = described(
        "Name of the query parameter or header", default=None, examples=["limit"]
    )
    detail: str = described("What is wrong with it")


class Problem(Body):
    """What went wrong, for people (`title`, `detail`) and for programs (`code`)."""

    type: str = described(
        "Identifies the kind of problem", examples=["urn:pdarts:problem:not_found"]
    )
    title: str = described("The kind of problem in words, always the same for a `code`")
    status: int = described("The HTTP status", ge=400, le=599)
    detail: str = described("What happened here")
    code: str = described("The kind of problem, for programs", examples=["not_found"])
    request_id: str = described("Also in the header X-Request-ID, and in the service's log")
    errors: list[BadField] | None = described(
        "Each field that is wrong; only for invalid requests", default=None
    )


def to_pointer(path: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a path; `("stages", 1)` is `/stages/1`."""
    return "".join(f"/{_escape(str(step))}" for step in path)


def _escape(step: str) -> str:
    # Lone surrogates, which JSON can spell, have no form in UTF-8.
    readable = step.encode(errors="backslashreplace").decode()
    return readable.replace("~", "~0").replace("/", "~1")
