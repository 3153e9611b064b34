"""Where a cell's maps lie, if all of them lie side by side in one tensor.

That is the order in which the nodes sum them up, so that what a node sums is in one piece. What a
state brings to several nodes is written to each place at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pdarts_core.mixed.terms import NodeTerms, SourceTerms, Term
from pdarts_core.space.cells import CONCAT
from pdarts_core.space.operations import AVG_POOL, MAX_POOL, SEPARABLE_CONVOLUTIONS

_TWO_PASSES = [name for name, shape in SEPARABLE_CONVOLUTIONS.items() if shape.passes == 2]


@dataclass(frozen=True, kw_only=True)
class SourcePlan:
    """What is computed from a state. Slices are of the cell's `places`."""

    stride: int
    between: int
    """How many convolutions have a second pass."""
    poolings: tuple[int, int]
    """To how many nodes the largest pixels go, and the averages."""
    fan: slice
    """Where the maps of each kind of kernel go, and those of the poolings. Those with a second pass
    lie by themselves before it."""
    second: slice
    """Where maps go after a second pass."""
    skips: slice
    """To which nodes skip-connects lead, and then their numbers among all of the cell."""

    @property
    def reads(self) -> bool:
        """Whether there are convolutions or poolings."""
        return bool(self.fan.stop > self.fan.start)

    @property
    def has_skips(self) -> bool:
        """Whether there are skip-connects with stride 1."""
        return bool(self.skips.stop > self.skips.start)


@dataclass(frozen=True, kw_only=True)
class NodePlan:
    """What a node adds up."""

    maps: slice
    """Of the cell's maps."""
    skips: slice
    """Of the cell's skip-connects."""
    skip_sources: Sequence[int]
    """The states that they come from."""


@dataclass(frozen=True, kw_only=True)
class CellPlan:
    """Where everything lies."""

    sources: Sequence[SourcePlan]
    nodes: Sequence[NodePlan]
    places: Sequence[int]

    @property
    def maps(self) -> int:
        """How many there are."""
        return int(self.nodes[-1].maps.stop)


def plan_cell(
    sources: Sequence[SourceTerms], strides: Sequence[int], nodes: Sequence[NodeTerms]
) -> CellPlan:
    """Lay out a cell's maps: of the operations that read each state, with a stride."""
    of_maps = {term: n for n, term in enumerate(chain.from_iterable(n.normed for n in nodes))}
    skips = list(chain.from_iterable(node.skips for node in nodes))
    places: list[int] = []

    def add(numbers: Sequence[int]) -> slice:
        places.extend(numbers)
        return slice(len(places) - len(numbers), len(places))

    planned = []
    for number, (source, stride) in enumerate(zip(sources, strides, strict=True)):
        between = [of_maps[term] for term in _twice(source)]
        leaving = [n for n, (_, edge) in enumerate(skips) if edge.source == number]
        planned.append(
            SourcePlan(
                stride=stride,
                between=len(between),
                poolings=(_count(source, MAX_POOL), _count(source, AVG_POOL)),
                fan=add([*range(len(between)), *(of_maps[term] for term in _others(source))]),
                second=add(between),
                skips=add([*(skips[n][1].node - CONCAT[0] for n in leaving), *leaving]),
            )
        )
    return CellPlan(sources=planned, nodes=list(_plan_nodes(nodes)), places=places)


def _plan_nodes(nodes: Sequence[NodeTerms]) -> Iterator[NodePlan]:
    maps = skips = 0
    for node in nodes:
        before_maps, before_skips = maps, skips
        maps, skips = maps + len(node.normed), skips + len(node.skips)
        yield NodePlan(
            maps=slice(before_maps, maps),
            skips=slice(before_skips, skips),
            skip_sources=[edge.source for _, edge in node.skips],
        )


def _twice(source: SourceTerms) -> Iterator[Term]:
    for name in _TWO_PASSES:
        yield from source.convolutions.get(name, ())


def _others(source: SourceTerms) -> Iterator[Term]:
    for name, terms in source.convolutions.items():
        if name not in _TWO_PASSES:
            yield from terms
    yield from source.poolings


def _count(source: SourceTerms, name: str) -> int:
    return sum(name == term[0] for term in source.poolings)
