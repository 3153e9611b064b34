"""Counts as people read them. The store has the same for the rooms above: none is imported here."""


def number_of(count: int, noun: str) -> str:
    """Return a count and its noun: `1 image`, `2 images`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
