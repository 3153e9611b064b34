"""What all models share."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


def described(description: str, **words: Any) -> Any:
    """Return a pydantic field with its description."""
    return Field(description=description, **words)


class Body(BaseModel):
    """What the service answers with."""

    model_config = ConfigDict(frozen=True)


class Input(BaseModel):
    """What clients send: unknown fields and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Page(Body, Generic[T]):
    """One page of a list."""

    data: list[T] = described("The entries")
    next_cursor: str | None = described(
        "Pass it as `after` for the next page; null on the last one", default=None
    )
