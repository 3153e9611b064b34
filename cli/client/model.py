"""What all models of the service's answers have in common."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Model(BaseModel):
    """An answer, or a part of one. Fields that a newer service adds are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Page(Model, Generic[T]):
    """One page of a list."""

    data: list[T]
    next_cursor: str | None = None
