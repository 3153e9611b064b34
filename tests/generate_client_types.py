"""Writes the Python client's types of a spec: `python -m tests.generate_client_types`.

They are made from the fields that the service's own are made from. The client needs them as text,
for type checkers and editors read classes alone.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from pdarts_core.config import SearchConfig
from pdarts_core.evaluation_config import EvaluationConfig
from store.evaluation_spec import EvaluationSpec
from store.job_spec import SpecField, fields_of, part_of, spec_fields

ROOT = Path(__file__).parents[1]
TYPES = ROOT / "cli" / "client" / "spec.py"
_HEAD = '''"""What jobs are asked to do: as it is sent, and complete as the service answers it.

Made from the fields of specs and configs by `python -m tests.generate_client_types`.
"""

from typing import Any, TypedDict

from cli.client.model import Model
'''


def client_types() -> str:
    """Return the text of cli/client/spec.py."""
    config = fields_of(SearchConfig)
    (stage,) = (part for field in config if (part := part_of(field.type)) is not None)
    around = [field for field in spec_fields(SearchConfig) if field not in config]
    recipe = fields_of(EvaluationConfig)
    evaluation = spec_fields(EvaluationConfig, EvaluationSpec)
    parts = [
        _HEAD,
        *_fields(
            "StageFields",
            "A stage as it is sent; what is left out comes from the same stage of the preset.",
            fields_of(stage),
        ),
        *_fields(
            "SpecFields",
            "A spec as it is sent; what is left out comes from the preset.",
            [*around, *config],
        ),
        *_model("StageSpec(Model)", "A stage of a complete spec.", fields_of(stage)),
        *_model("SearchConfig(Model)", "What a preset sets.", config),
        *_model("Spec(SearchConfig)", "A complete spec.", around),
        *_fields(
            "EvaluationFields",
            "An evaluation's spec as it is sent; what is left out comes from the preset.",
            evaluation,
        ),
        *_model("EvaluationConfig(Model)", "What a preset of evaluations sets.", recipe),
        *_model(
            "EvaluationSpec(EvaluationConfig)",
            "A complete spec of an evaluation.",
            [field for field in evaluation if field not in recipe],
        ),
    ]
    return _formatted("\n".join(parts))


def _fields(name: str, summary: str, fields: Iterable[SpecField]) -> Iterator[str]:
    yield from _class(f"{name}(TypedDict, total=False)", summary)
    yield from (f"    {field.name}: {_spelled(field.type, 'StageFields')}" for field in fields)


def _model(head: str, summary: str, fields: Iterable[SpecField]) -> Iterator[str]:
    yield from _class(head, summary)
    for field in fields:
        yield f"    {field.name}: {_spelled(field.type, 'StageSpec')}{_if_missing(field)}"


def _if_missing(field: SpecField) -> str:
    """Write the default of a field that an older service may not send."""
    if "before" in field.about:
        return f" = {field.about['before']!r}"
    return " = None" if NoneType in get_args(field.type) else ""


def _class(head: str, summary: str) -> Iterator[str]:
    yield from ("", "", f"class {head}:", f'    """{summary}"""', "")


def _spelled(kind: Any, stage: str) -> str:
    """Write a type as the client sees it: a service may know values that this client does not."""
    members = get_args(kind)
    if NoneType in members:
        (inner,) = (member for member in members if member is not NoneType)
        return f"{_spelled(inner, stage)} | None"
    if part_of(kind) is not None:
        return f"list[{stage}]"
    if get_origin(kind) is dict:
        return "dict[str, Any]"
    return kind.__name__ if isinstance(kind, type) else "str"


def _formatted(text: str) -> str:
    ruff = str(Path(sys.executable).with_name("ruff"))
    command = [ruff, "format", "--stdin-filename", str(TYPES), "-"]
    return subprocess.run(command, input=text, capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    TYPES.write_text(client_types())
