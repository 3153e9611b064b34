"""Sentences for people."""


def with_article(noun: str) -> str:
    """Return a noun with its article: `a search`, `an evaluation`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def number_of(count: int, noun: str) -> str:
    """Return a count and its noun: `1 epoch`, `1,000 epochs`, `2 classes`, `2 entries`."""
    return f"{count:,} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("ss"):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"
