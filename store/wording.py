"""Sentences for people."""


def with_article(noun: str) -> str:
    """Return a noun with its article: `a search`, `an evaluation`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def number_of(count: int, noun: str) -> str:
    """Return a count and its noun: `1 epoch`, `1,000 epochs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
