"""The discrete result of a search, with JSON and Python text both ways.

This module imports no torch, so that an HTTP service can use it.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pdarts_core.space.cells import (
    CONCAT,
    EDGES,
    INPUTS_PER_NODE,
    NUM_ENTRIES,
    NUM_INPUTS,
    CellPair,
)
from pdarts_core.space.operations import NONE, OPERATIONS, SKIP_CONNECT

PRIMITIVES: tuple[str, ...] = tuple(OPERATIONS)
"""The candidate operations in the paper's order; ties are broken by it."""

GeneEntry = tuple[str, int]
"""An operation and the state that it reads from."""

_LONGEST_TEXT = 10_000
"""Characters of Python text: several times what any genotype needs."""
_LONGEST_SHOWN = 60


class Genotype(NamedTuple):
    """A discrete cell pair; field for field the tuple that the DARTS family's code uses.

    `normal` and `reduce` hold two entries for each node, in the order of the nodes.
    """

    normal: list[GeneEntry]
    normal_concat: list[int]
    reduce: list[GeneEntry]
    reduce_concat: list[int]


class GenotypeError(ValueError):
    """The text or document is not a valid genotype; the message says where it goes wrong.

    `path` leads there from the document's root, such as `("normal", 3, 1)`; empty for the whole.
    """

    def __init__(self, detail: str, path: tuple[str | int, ...] = ()) -> None:
        name, *places = path or ("",)
        where = str(name) + "".join(f"[{place}]" for place in places)
        super().__init__(f"{where}: {detail}" if path else detail)
        self.detail = detail
        self.path = path


@dataclass(frozen=True, kw_only=True)
class DerivedGenotype:
    """One of the genotypes of a finished search."""

    skip_limit: int | None
    """The limit on skip-connects in the normal cell; None for the unrestricted genotype."""
    genotype: Genotype
    edge_weights: CellPair[list[float]]
    """How probable each entry's operation was on its edge in the last stage."""

    @property
    def skip_connects(self) -> int:
        """How many skip-connects the normal cell has."""
        return count_skip_connects(self.genotype.normal)


def count_skip_connects(cell: Sequence[GeneEntry]) -> int:
    """Count the skip-connects among a cell's entries."""
    return sum(operation == SKIP_CONNECT for operation, _ in cell)


def nodes_returned(genotype: Genotype) -> CellPair[int]:
    """Return how many nodes each kind of cell concatenates."""
    return CellPair(normal=len(genotype.normal_concat), reduce=len(genotype.reduce_concat))


def to_dict(genotype: Genotype) -> dict[str, Any]:
    """Return the genotype as JSON types; `Genotype(**to_dict(g))` restores it."""
    return {
        "normal": [list(entry) for entry in genotype.normal],
        "normal_concat": list(genotype.normal_concat),
        "reduce": [list(entry) for entry in genotype.reduce],
        "reduce_concat": list(genotype.reduce_concat),
    }


def from_dict(document: Mapping[str, Any]) -> Genotype:
    """Check a document of JSON types and return its genotype.

    Raises:
        GenotypeError: a field is missing, unknown or out of range.
    """
    if unknown := set(document) - set(Genotype._fields):
        shown = ", ".join(sorted(map(_shown, unknown)))
        raise GenotypeError(f"unknown fields: {shown}")
    if missing := [name for name in Genotype._fields if name not in document]:
        raise GenotypeError(f"missing fields: {', '.join(missing)}")
    return Genotype(
        normal=_cell(document["normal"], "normal"),
        normal_concat=_concat(document["normal_concat"], "normal_concat"),
        reduce=_cell(document["reduce"], "reduce"),
        reduce_concat=_concat(document["reduce_concat"], "reduce_concat"),
    )


def to_python(genotype: Genotype) -> str:
    """Return the Python expression that a DARTS-family `genotypes.py` takes."""
    fields = ", ".join(f"{name}={_literal(value)}" for name, value in genotype._asdict().items())
    return f"Genotype({fields})"


def from_python(text: str) -> Genotype:
    """Parse `Genotype(normal=[…], …)`, or `NAME = Genotype(…)`, without evaluating it.

    Raises:
        GenotypeError: the text is anything but such a call with literal arguments.
    """
    if len(text) > _LONGEST_TEXT:
        raise GenotypeError(f"the text is longer than {_LONGEST_TEXT} characters")
    try:
        (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise GenotypeError("the text is not one Python expression") from error
    tree = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
        raise GenotypeError("expected one call: Genotype(normal=…, …)")
    if tree.func.id != "Genotype" or tree.args:
        raise GenotypeError("expected Genotype with keyword arguments only")
    names = [str(word.arg) for word in tree.keywords]
    if len(set(names)) < len(names):
        raise GenotypeError("a field appears twice")
    return from_dict({str(word.arg): _read_literal(word) for word in tree.keywords})


def _literal(value: Sequence[Any]) -> str:
    return "[" + ", ".join(repr(tuple(v) if isinstance(v, list) else v) for v in value) + "]"


def _read_literal(word: ast.keyword) -> Any:
    node, path = word.value, (str(word.arg),)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        try:
            return list(range(*(int(ast.literal_eval(bound)) for bound in node.args))[: len(EDGES)])
        except (TypeError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise GenotypeError("a range needs whole numbers", path) from error
    try:
        return ast.literal_eval(node)
    except (TypeError, ValueError, RecursionError, MemoryError) as error:
        raise GenotypeError("the field is not a literal", path) from error


def _cell(value: Any, name: str) -> list[GeneEntry]:
    if not isinstance(value, list | tuple) or len(value) != NUM_ENTRIES:
        raise GenotypeError(f"expected {NUM_ENTRIES} entries", (name,))
    return [_entry(entry, name, position) for position, entry in enumerate(value)]


def _entry(entry: Any, name: str, position: int) -> GeneEntry:
    if not isinstance(entry, list | tuple) or len(entry) != 2:
        raise GenotypeError("expected an operation and a state", (name, position))
    operation, source = entry
    if operation not in PRIMITIVES or operation == NONE:
        raise GenotypeError(f"unknown operation {_shown(operation)}", (name, position, 0))
    node = NUM_INPUTS + position // INPUTS_PER_NODE
    if not _is_whole(source) or not 0 <= source < node:
        raise GenotypeError(f"node {node} reads from states 0 to {node - 1}", (name, position, 1))
    return operation, source


def _concat(value: Any, name: str) -> list[int]:
    if not isinstance(value, list | tuple) or not value:
        raise GenotypeError("expected a list of states", (name,))
    for position, state in enumerate(value):
        if not _is_whole(state) or state not in CONCAT:
            raise GenotypeError(f"expected states among {list(CONCAT)}", (name, position))
    if len(set(value)) != len(value):
        raise GenotypeError("a state appears twice", (name,))
    return list(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """Return what was found in place of what was expected, shortened."""
    try:
        text = ascii(value)
    except ValueError:
        # Python text can have a hexadecimal integer that is too long to be written in decimal.
        return "with too many digits"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
