"""Architecture parameters as plain numbers, and the probabilities that follow from them.

This module imports no torch, so that it serves wherever the alphas are kept.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from pdarts_core.space.cells import EDGES, AlphaTable, KeptOperations

DRAW_DEVIATION = 1e-3
"""Standard deviation of the alphas at the start of a stage (arXiv 1904.12760, §4.2)."""


@runtime_checkable
class Array(Protocol):
    """What NumPy arrays and torch tensors have in common."""

    def tolist(self) -> Any:
        """Return the numbers as nested lists."""


Alphas = Array | Iterable[Iterable[float]]
"""Architecture parameters [14, k] before the softmax: an array, a tensor or nested lists."""


def alpha_table(alphas: Alphas) -> AlphaTable:
    """Return the alphas as plain numbers, one row for each edge.

    Raises:
        ValueError: there are not 14 rows, or a value is not finite.
    """
    rows: Iterable[Iterable[float]] = alphas.tolist() if isinstance(alphas, Array) else alphas
    table = tuple(tuple(float(value) for value in row) for row in rows)
    if len(table) != len(EDGES):
        raise ValueError(f"expected alphas for {len(EDGES)} edges, not {len(table)}")
    if not all(math.isfinite(value) for row in table for value in row):
        raise ValueError("an alpha is not finite")
    return table


def probabilities(kept: KeptOperations, alphas: Alphas) -> list[dict[str, float]]:
    """Return how probable each operation is on each edge: the softmax over those alive.

    Raises:
        ValueError: kept and alphas do not fit each other.
    """
    return [
        dict(zip(operations, shares, strict=True))
        for operations, shares in zip(kept, edge_shares(kept, alphas), strict=True)
    ]


def edge_shares(kept: KeptOperations, alphas: Alphas) -> list[list[float]]:
    """Return each edge's softmax over the operations alive on it, in their order.

    Raises:
        ValueError: kept and alphas do not fit each other.
    """
    table = alpha_table(alphas)
    if [len(operations) for operations in kept] != [len(row) for row in table]:
        raise ValueError("every edge needs one alpha for each operation that is alive on it")
    return [softmax(row) for row in table]


def softmax(row: Sequence[float]) -> list[float]:
    """Return the probabilities that some alphas stand for."""
    highest = max(row)
    powers = [math.exp(value - highest) for value in row]
    total = math.fsum(powers)
    return [power / total for power in powers]
