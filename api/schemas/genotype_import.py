"""What a genotype can be imported from; `api.endpoint.genotype_import` reads it."""

from typing import Any

from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import CONCAT, INPUTS_PER_NODE
from pdarts_core.space.operations import NONE

LONGEST_NAME = 200


def _entry(node: int) -> dict[str, Any]:
    operation = {"enum": [name for name in PRIMITIVES if name != NONE]}
    source = {"type": "integer", "minimum": 0, "maximum": node - 1}
    return {"type": "array", "prefixItems": [operation, source], "minItems": 2, "maxItems": 2}


_CELL = {
    "type": "array",
    "description": "Eight pairs of operation and state, two for each of the nodes 2 to 5",
    "prefixItems": [_entry(node) for node in CONCAT for _ in range(INPUTS_PER_NODE)],
    "minItems": INPUTS_PER_NODE * len(CONCAT),
    "maxItems": INPUTS_PER_NODE * len(CONCAT),
}
_CONCAT = {
    "type": "array",
    "description": "The states whose outputs the cell concatenates",
    "items": {"type": "integer", "enum": list(CONCAT)},
    "uniqueItems": True,
    "minItems": 1,
}
_CELLS = {
    "type": "object",
    "properties": {
        "normal": _CELL,
        "normal_concat": _CONCAT,
        "reduce": _CELL,
        "reduce_concat": _CONCAT,
    },
    "required": ["normal", "normal_concat", "reduce", "reduce_concat"],
    "additionalProperties": False,
}
_NAME = {
    "type": ["string", "null"],
    "description": "A name for people",
    "minLength": 1,
    "maxLength": LONGEST_NAME,
}
_DOCUMENT = {
    "title": "A document",
    "description": "As GET /genotypes/{id} returns it; other members are ignored",
    "type": "object",
    "properties": {"genotype": _CELLS, "name": _NAME},
    "required": ["genotype"],
}
_PYTHON = {
    "title": "Python text",
    "type": "object",
    "properties": {
        "python": {
            "type": "string",
            "description": "`Genotype(normal=[…], …)`: parsed, never evaluated",
        },
        "name": _NAME,
    },
    "required": ["python"],
    "additionalProperties": False,
}
_EXAMPLE_ENTRIES = [
    ["sep_conv_3x3", 0],
    ["skip_connect", 1],
    ["sep_conv_3x3", 0],
    ["dil_conv_3x3", 2],
    ["sep_conv_5x5", 1],
    ["sep_conv_3x3", 3],
    ["skip_connect", 0],
    ["max_pool_3x3", 4],
]
EXAMPLE_CELLS = {
    "normal": _EXAMPLE_ENTRIES,
    "normal_concat": list(CONCAT),
    "reduce": _EXAMPLE_ENTRIES,
    "reduce_concat": list(CONCAT),
}
_ENTRIES_IN_PYTHON = ", ".join(str(tuple(entry)) for entry in _EXAMPLE_ENTRIES)
EXAMPLE_PYTHON = (
    f"Genotype(normal=[{_ENTRIES_IN_PYTHON}], normal_concat=range(2, 6), "
    f"reduce=[{_ENTRIES_IN_PYTHON}], reduce_concat=range(2, 6))"
)

PYTHON_TEXT = "text/x-python"
REQUEST_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"oneOf": [_CELLS, _DOCUMENT, _PYTHON]},
            "examples": {
                "cells": {"summary": "The cells alone", "value": EXAMPLE_CELLS},
                "document": {
                    "summary": "A document, with a name",
                    "value": {"name": "by hand", "genotype": EXAMPLE_CELLS},
                },
                "python": {
                    "summary": "Python text in JSON",
                    "value": {"name": "by hand", "python": EXAMPLE_PYTHON},
                },
            },
        },
        PYTHON_TEXT: {
            "schema": {"type": "string", "description": "The Python text itself"},
            "example": EXAMPLE_PYTHON,
        },
    },
}
"""How the interface describes it."""
