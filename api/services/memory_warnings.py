"""Warns of a job whose batches fit no worker as a whole, and words a refusal of what fits none."""

from api.schemas.spec_warnings import SpecWarningBody
from api.services.fleet import ABSOLUTE_CEILING, gib


def too_large(what: str, needed: int, largest: int | None) -> str | None:
    """Return what speaks against a job that even the largest worker cannot hold; None if it can.

    Args:
        what: needs that much.
        needed: bytes, at least.
        largest: the bytes of the largest worker; None if unknown.
    """
    ceiling = largest or ABSOLUTE_CEILING
    if needed <= ceiling:
        return None
    has = "the largest worker has" if largest else "any worker is expected to have"
    return (
        f"{what} needs at least {gib(needed)}, more than the {gib(ceiling)} that {has}; choose "
        "fewer channels or layers"
    )


def memory_warnings(
    needs: str, needed: int, largest: int | None, *, may_halve: bool
) -> list[SpecWarningBody]:
    """Return a warning if no worker holds the job's batches whole.

    Args:
        needs: who needs that much, and how sure that is: what the sentence begins with.
        needed: bytes.
        largest: the bytes of the largest worker; None if unknown.
        may_halve: whether batches may be computed in parts.
    """
    if largest is None or needed <= largest:
        return []
    then = (
        "batches will be computed in parts, which takes longer"
        if may_halve
        else "it will probably fail, as halve_batches is off"
    )
    warning = SpecWarningBody(
        code="more_memory_than_workers",
        message=f"{needs} {gib(needed)}, more than the {gib(largest)} "
        f"that the largest worker has: {then}. Smaller batches or fewer channels need less.",
        field="/batch_size",
    )
    return [warning]
