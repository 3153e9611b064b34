"""JSON pointers (RFC 6901)."""

from collections.abc import Sequence


def to_pointer(path: Sequence[str | int]) -> str:
    """Return the pointer that leads along a path; `("stages", 1)` is `/stages/1`."""
    return "".join(f"/{_escape(str(step))}" for step in path)


def _escape(step: str) -> str:
    # Lone surrogates, which JSON can spell, have no form in UTF-8.
    readable = step.encode(errors="backslashreplace").decode()
    return readable.replace("~", "~0").replace("/", "~1")
