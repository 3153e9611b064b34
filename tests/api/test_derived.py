"""Requests and answers are derived from a config, whatever kind of job it is of."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from api.schemas.derived import answer_type, request_type
from store.job_spec import fields_of


@dataclass(frozen=True, kw_only=True)
class LapConfig:
    """One lap."""

    seconds: float = field(default=1.0, metadata={"description": "How long it takes", "gt": 0})


@dataclass(frozen=True, kw_only=True)
class CountConfig:
    """A count."""

    last: int = field(
        default=3, metadata={"description": "How far to count", "ge": 1, "le": 9, "before": 3}
    )
    step: int | None = field(default=None, metadata={"description": "By how much", "ge": 1})
    laps: tuple[LapConfig, ...] = field(
        default=(LapConfig(),), metadata={"description": "The laps", "max_length": 2}
    )


REQUEST: TypeAdapter[dict[str, Any]] = TypeAdapter(
    request_type("CountRequest", "A count.", fields_of(CountConfig))
)
ANSWER: TypeAdapter[dict[str, Any]] = TypeAdapter(
    answer_type("CountSpec", "A whole count.", fields_of(CountConfig))
)


def test_a_request_is_what_was_sent_and_no_more() -> None:
    assert REQUEST.validate_python({"last": 4.0}) == {"last": 4}


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"last": 10}, ("last",)),
        ({"last": True}, ("last",)),
        ({"last": None}, ("last",)),
        ({"step": 0}, ("step",)),
        ({"more": 1}, ("more",)),
        ({"laps": [{}, {"seconds": 0}]}, ("laps", 1, "seconds")),
        ({"laps": [{}, {}, {}]}, ("laps",)),
    ],
)
def test_what_the_config_forbids_is_refused_where_it_stands(
    sent: dict[str, Any], place: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationError) as caught:
        REQUEST.validate_python(sent)
    assert [error["loc"] for error in caught.value.errors()] == [place]


def test_the_schema_of_a_request_has_bounds_and_descriptions_but_no_defaults() -> None:
    schema = REQUEST.json_schema()
    assert "required" not in schema
    assert schema["properties"]["last"] == {
        "type": "integer",
        "title": "Last",
        "description": "How far to count",
        "minimum": 1,
        "maximum": 9,
    }
    assert schema["$defs"]["LapRequest"]["properties"]["seconds"]["exclusiveMinimum"] == 0
    assert "default" not in str(schema)


def test_an_answer_has_every_field() -> None:
    schema = ANSWER.json_schema()
    assert schema["required"] == ["last", "step", "laps"]
    assert schema["$defs"]["LapSpec"]["required"] == ["seconds"]
