"""What an API key can be good for."""

from enum import StrEnum


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    """Look at what its owner has."""
    SUBMIT = "submit"
    """Make, change and end it."""
    ADMIN = "admin"
    """All of that, and keys and workers as well."""
