"""Which operations survive a stage, and which genotypes follow from the last one.

Pure functions on lists of names and tables of numbers (arXiv 1904.12760, §3.2 and §3.3).
This module imports no torch, so that genotypes can be derived again wherever the alphas are kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pdarts_core.genotype import DerivedGenotype, GeneEntry, Genotype, count_skip_connects
from pdarts_core.space.alphas import Alphas, edge_shares
from pdarts_core.space.cells import (
    CONCAT,
    EDGES,
    INPUTS_PER_NODE,
    AlphaTable,
    CellPair,
    Edge,
    KeptOperations,
)
from pdarts_core.space.operations import NONE, SKIP_CONNECT


@dataclass(frozen=True, kw_only=True)
class DroppedOperation:
    """An operation that pruning took from an edge."""

    edge: Edge
    operation: str
    probability: float
    """Its share in the softmax over the operations alive on the edge."""
    margin: float
    """How much more probable the weakest operation that stayed was (0: a tie)."""


COLLAPSED_SKIP_CONNECTS = 5
"""A normal cell with so many skip-connects among its entries has collapsed into them (arXiv
1909.06035 stops at 2, but limits them by nothing else; here M does that at the end)."""

_BANNED = -1.0
"""Marks an operation in the table that must not win, not even against an underflow to 0."""


def prune(kept: KeptOperations, alphas: Alphas, num_to_drop: int) -> KeptOperations:
    """Drop the least probable operations of every edge, `none` like any other (§3.2).

    Of equally probable operations, the first in the order of PRIMITIVES is dropped first.

    Args:
        kept: the operations alive on each of the 14 edges.
        alphas: their architecture parameters [14, k].
        num_to_drop: how many to drop on each edge.

    Returns:
        The operations that stay, in their order.

    Raises:
        ValueError: kept and alphas do not fit each other, or nothing would stay.
    """
    return [
        _strongest(operations, shares, len(operations) - num_to_drop)
        for operations, shares in zip(kept, edge_shares(kept, alphas), strict=True)
    ]


def prune_last(kept: KeptOperations, alphas: Alphas) -> KeptOperations:
    """Keep the strongest operation of every edge, except `none`, as the last stage does."""
    return [
        [operations[_winner(row)]]
        for operations, row in zip(kept, _last_table(kept, alphas), strict=True)
    ]


def dropped_operations(
    kept_before: KeptOperations, kept_after: KeptOperations, alphas: Alphas
) -> tuple[DroppedOperation, ...]:
    """List what a pruning dropped, with each one's probability and margin, edge by edge.

    The margin is negative only for a `none` that was the most probable in the last stage.
    """
    dropped = []
    for edge, before, after, row in zip(
        EDGES, kept_before, kept_after, edge_shares(kept_before, alphas), strict=True
    ):
        shares = dict(zip(before, row, strict=True))
        weakest = min(shares[operation] for operation in after)
        dropped += [
            DroppedOperation(
                edge=edge, operation=operation, probability=share, margin=weakest - share
            )
            for operation, share in shares.items()
            if operation not in after
        ]
    return tuple(dropped)


def derive_genotypes(
    kept_normal: KeptOperations,
    kept_reduce: KeptOperations,
    alphas_normal: Alphas,
    alphas_reduce: Alphas,
) -> list[tuple[int | None, Genotype]]:
    """Derive the genotypes of the last stage: the unrestricted one, then one per skip limit (§3.3).

    While the normal cell has more than M skip-connects, the weakest of them is taken out of the
    table, and operations and edges are chosen again. The table carries over from each M to the
    next. Limits that are already met are not listed, nor those that cannot be met because edges
    have nothing left but `none` and a skip-connect.

    Args:
        kept_normal: the operations alive on each of the 14 edges of the normal cell.
        kept_reduce: the same for the reduction cell.
        alphas_normal: architecture parameters [14, k] at the end of the last stage.
        alphas_reduce: the same for the reduction cell.

    Returns:
        Pairs of the skip limit (None: unrestricted) and the genotype, by descending limit.

    Raises:
        ValueError: kept and alphas do not fit each other, or an edge has only `none`.
    """
    _, reduce = next(derive_cells(kept_reduce, alphas_reduce))
    return [
        (limit, Genotype(normal, list(CONCAT), list(reduce), list(CONCAT)))
        for limit, normal in derive_cells(kept_normal, alphas_normal)
    ]


def current_skip_connects(kept: KeptOperations, alphas: Alphas) -> int:
    """Count the skip-connects that a cell would have if its stage ended now, without a limit.

    Args:
        kept: the operations alive on each of the 14 edges.
        alphas: their architecture parameters [14, k].
    """
    _, cell = next(derive_cells(kept, alphas))
    return count_skip_connects(cell)


def derive_cells(
    kept: KeptOperations, alphas: Alphas
) -> Iterator[tuple[int | None, list[GeneEntry]]]:
    """Yield one kind of cell of the last stage: unrestricted, then at each skip limit.

    The rule is that of `derive_genotypes`, which applies it to the normal cell. It works for
    a reduction cell as well.

    Args:
        kept: the operations alive on each of the 14 edges.
        alphas: their architecture parameters [14, k] at the end of the last stage.

    Yields:
        Pairs of the skip limit (None: unrestricted) and the cell's entries, by descending limit.

    Raises:
        ValueError: kept and alphas do not fit each other, or an edge has only `none`.
    """
    table = _last_table(kept, alphas)
    cell = _choose_cell(kept, table)
    yield None, cell
    for limit in range(len(cell), -1, -1):
        if count_skip_connects(cell) <= limit:
            continue
        cell = _restrict(kept, table, cell, limit)
        if count_skip_connects(cell) > limit:
            break
        yield limit, cell


class CountsSkipConnects(Protocol):
    """A genotype, as derived or as stored in a database."""

    @property
    def skip_connects(self) -> int:
        """How many its normal cell has."""


FoundT = TypeVar("FoundT", bound=CountsSkipConnects)


def weighted(
    skip_limit: int | None,
    genotype: Genotype,
    kept: CellPair[KeptOperations],
    alphas: CellPair[AlphaTable],
) -> DerivedGenotype:
    """Return a genotype of `derive_genotypes` with the weights of its edges.

    Args:
        skip_limit: the limit that it was derived for.
        genotype: the genotype.
        kept: the operations alive in the last stage.
        alphas: their architecture parameters at its end.
    """
    return DerivedGenotype(
        skip_limit=skip_limit,
        genotype=genotype,
        edge_weights=CellPair(
            normal=edge_weights(genotype.normal, kept.normal, alphas.normal),
            reduce=edge_weights(genotype.reduce, kept.reduce, alphas.reduce),
        ),
    )


def recommend(genotypes: Sequence[FoundT], max_skip_connects: int) -> FoundT:
    """Return the genotype that holds at a skip limit.

    Args:
        genotypes: as derived, the unrestricted one first.
        max_skip_connects: the limit M.

    Returns:
        The first with at most M skip-connects; if none has so few, the one that comes closest.
    """
    fitting = (g for g in genotypes if g.skip_connects <= max_skip_connects)
    return next(fitting, genotypes[-1])


def edge_weights(cell: Sequence[GeneEntry], kept: KeptOperations, alphas: Alphas) -> list[float]:
    """Return how probable each entry's operation was on its edge in the last stage.

    Args:
        cell: one kind of cell of a genotype, two entries a node.
        kept: the operations that were alive on each of the 14 edges.
        alphas: their architecture parameters [14, k].

    Returns:
        One share of the softmax over the operations alive, including `none`, for each entry.

    Raises:
        ValueError: kept and alphas do not fit each other, or an entry's operation was not alive.
    """
    shares = edge_shares(kept, alphas)
    edges = [
        EDGES.index((source, CONCAT[position // INPUTS_PER_NODE]))
        for position, (_, source) in enumerate(cell)
    ]
    return [
        shares[edge][kept[edge].index(operation)]
        for edge, (operation, _) in zip(edges, cell, strict=True)
    ]


def _strongest(operations: list[str], shares: list[float], count: int) -> list[str]:
    if not 1 <= count <= len(operations):
        raise ValueError(f"{count} of {len(operations)} operations cannot stay on an edge")
    # A stable sort puts the earlier of two equals first: it is the first to go.
    rising = sorted(range(len(operations)), key=shares.__getitem__)
    stay = rising[len(operations) - count :]
    return [operations[index] for index in sorted(stay)]


def _last_table(kept: KeptOperations, alphas: Alphas) -> list[list[float]]:
    if any(operations == [NONE] for operations in kept):
        raise ValueError("an edge has nothing but `none` to choose from")
    return [
        [_BANNED if operation == NONE else share for operation, share in zip(*edge, strict=True)]
        for edge in zip(kept, edge_shares(kept, alphas), strict=True)
    ]


def _winner(row: list[float]) -> int:
    return max(range(len(row)), key=lambda index: (row[index], index))


def _choose_cell(kept: KeptOperations, table: list[list[float]]) -> list[GeneEntry]:
    cell: list[GeneEntry] = []
    for node in CONCAT:
        inputs = [index for index, edge in enumerate(EDGES) if edge.node == node]
        # Of equally strong edges, the later one stays.
        strongest = sorted(inputs, key=lambda index: (max(table[index]), index))[-INPUTS_PER_NODE:]
        cell += [
            (kept[index][_winner(table[index])], EDGES[index].source) for index in sorted(strongest)
        ]
    return cell


def _restrict(
    kept: KeptOperations, table: list[list[float]], cell: list[GeneEntry], limit: int
) -> list[GeneEntry]:
    """Take skip-connects out of the table, in place, until the chosen cell meets the limit."""
    while count_skip_connects(cell) > limit:
        skips = [
            (row, column)
            for row, column in _skip_connects(kept, cell)
            if table[row][column] != _BANNED
        ]
        if not skips:
            break
        row, column = min(skips, key=lambda place: table[place[0]][place[1]])
        table[row][column] = _BANNED
        cell = _choose_cell(kept, table)
    return cell


def _skip_connects(kept: KeptOperations, cell: list[GeneEntry]) -> list[tuple[int, int]]:
    """Return where in the table the cell's skip-connects stand: edge and operation."""
    places = []
    for position, (operation, source) in enumerate(cell):
        if operation == SKIP_CONNECT:
            edge = EDGES.index((source, CONCAT[position // INPUTS_PER_NODE]))
            places.append((edge, kept[edge].index(SKIP_CONNECT)))
    return places
