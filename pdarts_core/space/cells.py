"""A cell as a search sees it: two inputs, four nodes, 14 edges and the operations alive on them.

The inputs are states 0 and 1, the nodes states 2 to 5, and an edge leads from every earlier state
to every node, in the order of the nodes (arXiv 1904.12760, §3.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from pdarts_core.space.operations import OPERATIONS

CellKind = Literal["normal", "reduce"]
CELL_KINDS: tuple[CellKind, CellKind] = ("normal", "reduce")
"""A normal cell keeps the size of its images, a reduction cell halves it."""

NUM_INPUTS = 2
NUM_NODES = 4
INPUTS_PER_NODE = 2
NUM_ENTRIES = NUM_NODES * INPUTS_PER_NODE
"""Of a genotype's cell: an operation and its source, for each input of each node."""
CONCAT: tuple[int, ...] = tuple(range(NUM_INPUTS, NUM_INPUTS + NUM_NODES))
"""The states whose outputs a cell concatenates: all of its nodes."""


class Edge(NamedTuple):
    """A connection of a cell: from state `source` to state `node`."""

    source: int
    node: int


EDGES: tuple[Edge, ...] = tuple(Edge(source, node) for node in CONCAT for source in range(node))
"""The 14 edges of a cell in the order in which alphas and switches list them."""

KeptOperations = list[list[str]]
"""The operations alive on each of the 14 edges, each list in the order of PRIMITIVES."""
AlphaTable = tuple[tuple[float, ...], ...]
"""Architecture parameters: 14 edges × the operations alive on each, before the softmax."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class CellPair(Generic[T]):
    """The same thing for both kinds of cell."""

    normal: T
    reduce: T

    def items(self) -> Iterator[tuple[CellKind, T]]:
        """Yield each kind of cell with its value, the normal cell first."""
        yield "normal", self.normal
        yield "reduce", self.reduce


def all_operations() -> KeptOperations:
    """Return the switches at the start of a search: every operation on every edge."""
    return [list(OPERATIONS) for _ in EDGES]
