"""Numbers of a spec, bounded as the search's own configuration bounds them."""

from dataclasses import fields
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pdarts_core.config import bounds_of


def _whole(value: object) -> object:
    # In JSON, 3.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
"""Last in an Annotated: bounds come before it, or a union would lose them."""
Integer = Annotated[int, WHOLE]
Real = Annotated[float, Field(allow_inf_nan=False)]


def bounded(config: type, name: str, description: str) -> Any:
    """Return the field for a number of SearchConfig or StageConfig: its default and its bounds."""
    default: Any = next(item.default for item in fields(config) if item.name == name)
    bounds: dict[str, Any] = {**bounds_of(config, name).as_dict()}
    return Field(default=default, description=description, **bounds)
