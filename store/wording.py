"""Sentences for people."""


def number_of(count: int, noun: str) -> str:
    """Return a count and its noun: `1 epoch`, `1,000 epochs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
