"""A node of a search cell."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pdarts_core.blocks.operation_modules import POOLINGS
from pdarts_core.mixed.by_kernels.norm import folded_by_kernels
from pdarts_core.mixed.folded import FoldedNorm, empty_pointwise
from pdarts_core.mixed.terms import Kept, Maps, NodeTerms, Term, terms_of
from pdarts_core.space.cells import Edge
from pdarts_core.space.operations import SEPARABLE_CONVOLUTIONS, SKIP_CONNECT


class NodeShares(NamedTuple):
    """The weights of a node's operations, as they are in its terms."""

    normed: Tensor
    skips: Tensor
    reduced: Tensor


class NodeSum(nn.Module):
    """A node: the weighted sum of the operations on the edges that end in it.

    Args:
        channels: of the node.
        strides: of each of those edges.
        kept: the operations alive on them.
    """

    first_half: Tensor

    def __init__(self, channels: int, strides: Mapping[Edge, int], kept: Kept) -> None:
        super().__init__()
        self.strides = strides
        convolutions, poolings = terms_of(kept, SEPARABLE_CONVOLUTIONS), terms_of(kept, POOLINGS)
        skips = terms_of(kept, [SKIP_CONNECT])
        self.terms = NodeTerms(
            normed=[*convolutions, *poolings],
            skips=[term for term in skips if strides[term[1]] == 1],
            reduced=[term for term in skips if strides[term[1]] == 2],
        )
        self.pointwise = empty_pointwise(len(convolutions), channels)
        normed = len(self.terms.normed)
        self.norm = FoldedNorm(normed, channels, unconvolved=len(poolings)) if normed else None
        if self.terms.reduced:
            size = (len(self.terms.reduced), channels, channels)
            self.reduction = nn.Parameter(torch.empty(size))
            self.reduction_norm = FoldedNorm(len(self.terms.reduced), channels)
        first_half = (torch.arange(channels) < channels // 2)[:, None].float()
        self.register_buffer("first_half", first_half, persistent=False)

    def forward(
        self, states: Sequence[Tensor], maps: Maps, skips: Sequence[Tensor], shares: NodeShares
    ) -> Tensor:
        """Return the node [N, C, H, W].

        Args:
            states: the states before it.
            maps: of the operations on its edges, but for skip-connects with stride 1.
            skips: what these bring.
            shares: the weights of its operations.
        """
        summands: list[Tensor] = []
        if self.norm:
            of_terms = [maps[term] for term in self.terms.normed]
            summands += self.norm(of_terms, self.pointwise, shares.normed)
        if self.terms.reduced:
            summands += self.reduction_norm(
                [maps[term] for term in self.terms.reduced],
                self._reduction_pointwise(),
                shares.reduced,
            )
        summands += [share * x for share, x in zip(shares.skips, skips, strict=True)]
        return reduce(torch.add, summands) if summands else self._nothing(states, shares.skips)

    def reduced_by_kernels(self, maps: Maps, shares: Tensor) -> Tensor | None:
        """Return the sum of what skip-connects with stride 2 bring; None if there are none."""
        if not self.terms.reduced:
            return None
        of_terms = [maps[term] for term in self.terms.reduced]
        pointwise = self._reduction_pointwise()
        if self.training:
            joined = torch.cat(of_terms, dim=1)
            return folded_by_kernels(joined, self.reduction_norm.of_batch(pointwise, shares))
        total: Tensor = self.reduction_norm(of_terms, pointwise, shares)[0]
        return total

    def _reduction_pointwise(self) -> Tensor:
        """Return [R, C, 2C]: the first half of the outputs reads even pixels, the other odd."""
        even = self.reduction * self.first_half
        return torch.cat([even, self.reduction - even], dim=-1)

    def _nothing(self, states: Sequence[Tensor], shares: Tensor) -> Tensor:
        """Return zeros with a gradient of 0: without one, optimizers would skip the alphas."""
        edge, stride = next(iter(self.strides.items()))
        return torch.zeros_like(states[edge.source][:, :, ::stride, ::stride]) * shares.sum()

    def tensors_of(self, term: Term) -> Iterator[tuple[str, Tensor]]:
        """Yield an operation's tensors that are kept here, by their names in the plain layout."""
        name, _ = term
        if term in self.terms.reduced:
            unit = self.terms.reduced.index(term)
            weight = self.reduction.detach()[unit, :, :, None, None]
            half = len(weight) // 2
            yield "even.weight", weight[:half]
            yield "odd.weight", weight[half:]
            yield from self.reduction_norm.tensors_of(unit, "norm")
        elif name in SEPARABLE_CONVOLUTIONS:
            assert self.pointwise is not None
            unit = self.terms.normed.index(term)
            last = 4 * (SEPARABLE_CONVOLUTIONS[name].passes - 1)
            yield f"layers.{last + 2}.weight", self.pointwise.detach()[unit, :, :, None, None]
            yield from self._of_norm(unit, f"layers.{last + 3}")
        elif name in POOLINGS:
            yield from self._of_norm(self.terms.normed.index(term), "1")

    def _of_norm(self, unit: int, prefix: str) -> Iterator[tuple[str, Tensor]]:
        assert self.norm is not None
        yield from self.norm.tensors_of(unit, prefix)
