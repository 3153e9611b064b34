"""The operations of a search cell's edges, and how they are named."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from torch import Tensor

from pdarts_core.space.cells import Edge

Kept = Mapping[Edge, Sequence[str]]
"""Names of the operations alive on edges."""
Term = tuple[str, Edge]
"""An operation on an edge."""
Maps = dict[Term, Tensor]
"""What operations bring to a node: all but their last 1×1 convolution and batch norm."""


def terms_of(kept: Kept, names: Iterable[str]) -> list[Term]:
    """Return where operations of these names are alive: by name, then by edge."""
    return [(name, edge) for name in names for edge, alive in kept.items() if name in alive]


class SourceTerms(NamedTuple):
    """The operations that read a state, but for skip-connects."""

    convolutions: Mapping[str, Sequence[Term]]
    poolings: Sequence[Term]


class NodeTerms(NamedTuple):
    """The operations that end in a node."""

    normed: Sequence[Term]
    """Convolutions and poolings."""
    skips: Sequence[Term]
    """Skip-connects with stride 1."""
    reduced: Sequence[Term]
    """Those with stride 2."""
