"""Types of requests and answers, derived from the fields of a spec.

They are typed dictionaries made at run time, so that a field added to a spec or to its config is
added here by itself. What was validated is a plain dictionary of what the client sent, no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, NotRequired, get_args, get_origin

from pydantic import AfterValidator, ConfigDict, Field, GetCoreSchemaHandler, JsonValue
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from api.http.bodies import WHOLE
from store.job_spec import RULES, SpecField, fields_of, part_of

_SHOWN = ("description", "examples")
_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Shaped:
    """In an Annotated: validated, serialized and described as another type.

    What type checkers see stays what stands before it: they cannot follow a derived type.
    """

    type: Any

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return handler.generate_schema(self.type)


def request_type(
    name: str, summary: str, spec: Iterable[SpecField], *, required: frozenset[str] = frozenset()
) -> Any:
    """Return the type of what clients send: bounded, strict, and without defaults.

    Args:
        name: the type's, in the OpenAPI document.
        summary: what it is.
        spec: its fields.
        required: the names of those that cannot be left out.
    """
    types = {field.name: _asked(field) for field in spec}
    optional = {
        field: kind if field in required else NotRequired[kind] for field, kind in types.items()
    }
    return _typed_dict(name, summary, optional, _STRICT)


def answer_type(name: str, summary: str, spec: Iterable[SpecField]) -> Any:
    """Return the type of what the service answers: complete, and not checked again."""
    types = {field.name: Annotated[_answered(field.type), _field(field, _SHOWN)] for field in spec}
    return _typed_dict(name, summary, types, ConfigDict())


def _typed_dict(name: str, summary: str, types: dict[str, Any], config: ConfigDict) -> Any:
    make: Any = TypedDict  # for type checkers, which know classes alone
    made = make(name, types)
    made.__doc__ = summary
    made.__pydantic_config__ = config
    return made


def _asked(field: SpecField) -> Any:
    about = field.about
    kind = _strict(field.type, _field(field, RULES))
    if "check" in about:
        kind = Annotated[kind, AfterValidator(about["check"])]
    if "choices" in about:
        kind = Annotated[kind, Field(json_schema_extra={"enum": about["choices"]})]
    return Annotated[kind, _field(field, _SHOWN)]


def _strict(kind: Any, rules: Any) -> Any:
    """Return a type that is as strict as JSON, with the rules where its schema keeps them."""
    members = get_args(kind)
    part = part_of(kind)
    if part is not None:
        return Annotated[list[_part_type(part, "Request")], rules]  # type: ignore[misc]
    if NoneType in members:
        (kind,) = (member for member in members if member is not NoneType)
        return _strict(kind, rules) | None
    if kind is int:
        return Annotated[int, rules, WHOLE]  # last: a union would lose the bounds after it
    if kind is float:
        return Annotated[float, rules, Field(allow_inf_nan=False)]
    if get_origin(kind) is dict:
        return Annotated[dict[str, JsonValue], rules]
    return Annotated[kind, rules]


def _answered(kind: Any) -> Any:
    part = part_of(kind)
    return kind if part is None else list[_part_type(part, "Spec")]  # type: ignore[misc]


@cache
def _part_type(config: type, suffix: Literal["Request", "Spec"]) -> Any:
    """Return the type of a part of a spec, as `StageRequest` for StageConfig."""
    name = config.__name__.removesuffix("Config") + suffix
    summary = (config.__doc__ or "").partition("\n")[0]
    if suffix == "Spec":
        return answer_type(name, summary, fields_of(config))
    summary += " What is left out is taken from the same place of the preset."
    return request_type(name, summary, fields_of(config))


def _field(field: SpecField, names: Iterable[str]) -> Any:
    return Field(**{name: field.about[name] for name in names if name in field.about})
