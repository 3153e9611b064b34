"""A checkpoint as clients see it."""

from api.schemas.base import Body, described


class CheckpointBody(Body):
    """What an attempt needs to go on exactly where another ended."""

    key: str = described("Where it lies among the artifacts")
    step: int = described("The training step at which it was taken; only grows")
    sha256: str = described("Of its bytes (hexadecimal)")
