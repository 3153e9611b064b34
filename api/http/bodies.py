"""What all models have in common."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

BASE = "/v1"
"""How addresses in answers begin; paths work without it too."""

T = TypeVar("T")


def _whole(value: object) -> object:
    # In JSON, 3.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Last in an Annotated: bounds come before it, or a union would lose them."""


def described(description: str, **words: Any) -> Any:
    """Return a pydantic field with its description."""
    return Field(description=description, **words)


class Body(BaseModel):
    """What the service answers with."""

    model_config = ConfigDict(frozen=True)


class Input(BaseModel):
    """What clients send: unknown fields and wrong types are refused.

    What a field that is left out means, its description says. It has no default but null: clients
    that are generated send the defaults that the OpenAPI document names, and TypeScript's demand
    the fields that have one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Page(Body, Generic[T]):
    """One page of a list."""

    data: list[T] = described("The entries")
    next_cursor: str | None = described(
        "Pass it as `after` to get the next page; null on the last page", default=None
    )
