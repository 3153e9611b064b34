"""A cell as a graph: its states, and the connections between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pdarts_core.genotype import Genotype, from_dict, to_dict
from pdarts_core.space.cells import CELL_KINDS, CONCAT, INPUTS_PER_NODE, NUM_INPUTS, CellKind

OUTPUT = NUM_INPUTS + len(CONCAT)
"""The state after the nodes: the concatenation that a cell returns."""
STATE_NAMES: tuple[str, ...] = (
    "c_{k-2}",
    "c_{k-1}",
    *(str(node - NUM_INPUTS) for node in CONCAT),
    "c_{k}",
)
"""What states are called in the papers of the field: cell k has the last two cells as inputs."""
CELL_TITLES: dict[CellKind, str] = {"normal": "Normal cell", "reduce": "Reduction cell"}


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A way from one state to another."""

    source: int
    target: int
    operation: str | None
    """None where a node goes into the concatenation."""


@dataclass(frozen=True, kw_only=True)
class CellGraph:
    """One kind of cell. The connections are in the order of their targets."""

    kind: CellKind
    connections: tuple[Connection, ...]

    @property
    def title(self) -> str:
        """What people call the cell."""
        return CELL_TITLES[self.kind]

    def into(self, state: int) -> list[Connection]:
        """Return the connections that end in a state."""
        return [connection for connection in self.connections if connection.target == state]

    def describe(self) -> str:
        """Describe the cell in sentences, for readers who cannot see the drawing."""
        sentences = [f"{self.title}."]
        for node in CONCAT:
            terms = [f"{c.operation} of {STATE_NAMES[c.source]}" for c in self.into(node)]
            sentences.append(f"Node {STATE_NAMES[node]} adds {' and '.join(terms)}.")
        nodes = ", ".join(STATE_NAMES[c.source] for c in self.into(OUTPUT))
        sentences.append(f"{STATE_NAMES[OUTPUT]} concatenates {nodes}.")
        return " ".join(sentences)


def cell_graphs(genotype: Genotype, cell: CellKind | None) -> list[CellGraph]:
    """Return the graph of one cell, or of both if none is named.

    Raises:
        GenotypeError: the tuple is not a valid genotype.
        ValueError: there is no such kind of cell.
    """
    if cell is not None and cell not in CELL_KINDS:
        raise ValueError(f"cell must be one of {', '.join(CELL_KINDS)}, not {cell!r}")
    checked = from_dict(to_dict(genotype))
    graphs = [
        _graph("normal", checked.normal, checked.normal_concat),
        _graph("reduce", checked.reduce, checked.reduce_concat),
    ]
    return [graph for graph in graphs if cell in (None, graph.kind)]


def _graph(kind: CellKind, entries: Sequence[tuple[str, int]], concat: Sequence[int]) -> CellGraph:
    operations = [
        Connection(
            source=source, target=NUM_INPUTS + position // INPUTS_PER_NODE, operation=operation
        )
        for position, (operation, source) in enumerate(entries)
    ]
    outputs = [Connection(source=node, target=OUTPUT, operation=None) for node in sorted(concat)]
    return CellGraph(kind=kind, connections=(*operations, *outputs))
