"""What an API key can allow."""

from enum import StrEnum


class Scope(StrEnum):
    """What a key allows."""

    READ = "read"
    """Read what its owner has, and what all owners share."""
    SUBMIT = "submit"
    """Create, change and delete it."""
    ADMIN = "admin"
    """All of that, plus keys and workers."""
