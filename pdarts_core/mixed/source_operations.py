"""The operations of a search cell that read one state, up to their last 1×1 convolution."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pdarts_core.blocks.depthwise import depthwise_fan
from pdarts_core.blocks.operation_modules import POOLINGS, shift_diagonally
from pdarts_core.mixed.by_kernels.parts import SourceWeights
from pdarts_core.mixed.folded import FoldedNorm, empty_pointwise
from pdarts_core.mixed.side_by_side import one_by_one
from pdarts_core.mixed.terms import Kept, Maps, SourceTerms, Term, terms_of
from pdarts_core.space.operations import SEPARABLE_CONVOLUTIONS, SKIP_CONNECT


class SourceOperations(nn.Module):
    """The operations that read one state, up to their last 1×1 convolution.

    Args:
        channels: of the state.
        stride: of the edges that leave it.
        kept: the operations alive on those edges.
    """

    def __init__(self, channels: int, stride: int, kept: Kept) -> None:
        super().__init__()
        self.stride = stride
        self.poolings = terms_of(kept, POOLINGS)
        self.reductions = terms_of(kept, [SKIP_CONNECT]) if stride == 2 else []
        self.convolutions = {
            name: terms for name in SEPARABLE_CONVOLUTIONS if (terms := terms_of(kept, [name]))
        }
        self.first = nn.ParameterDict()
        self.second = nn.ParameterDict()
        for name, terms in self.convolutions.items():
            kernel = SEPARABLE_CONVOLUTIONS[name].kernel
            size = (len(terms), channels, 1, kernel, kernel)
            self.first[name] = nn.Parameter(torch.empty(size))
            if SEPARABLE_CONVOLUTIONS[name].passes == 2:
                self.second[name] = nn.Parameter(torch.empty(size))
        self.between = [term for name in self.second for term in self.convolutions[name]]
        self.pointwise = empty_pointwise(len(self.between), channels)
        self.norm = FoldedNorm(len(self.between), channels) if self.between else None

    @property
    def terms(self) -> SourceTerms:
        """The operations, but for skip-connects."""
        return SourceTerms(self.convolutions, self.poolings)

    def forward(self, state: Tensor) -> Maps:
        """Map the state [N, C, H, W] to what it brings to the nodes, [N, …, H', W'] each."""
        rectified = F.relu(state) if self.convolutions or self.reductions else state
        return self._pooled(state) | self._reduced(rectified) | self._convolved(rectified)

    def _pooled(self, state: Tensor) -> Maps:
        names = dict.fromkeys(name for name, _ in self.poolings)
        pooled = {name: POOLINGS[name](state, self.stride) for name in names}
        return {term: pooled[term[0]] for term in self.poolings}

    def reduced(self, state: Tensor) -> Maps:
        """Return what skip-connects with stride 2 bring, [N, 2·C, H', W'] each."""
        return self._reduced(F.relu(state)) if self.reductions else {}

    def _reduced(self, rectified: Tensor) -> Maps:
        if not self.reductions:
            return {}
        grids = [g[:, :, ::2, ::2] for g in (rectified, shift_diagonally(rectified))]
        return dict.fromkeys(self.reductions, torch.cat(grids, dim=1))

    def _convolved(self, rectified: Tensor) -> Maps:
        fans: dict[str, Sequence[Tensor]] = {
            name: depthwise_fan(
                rectified,
                self.first[name],
                stride=self.stride,
                dilation=SEPARABLE_CONVOLUTIONS[name].dilation,
            )
            for name in self.convolutions
        }
        if self.between:
            fans |= self._second_pass(fans)
        maps: Maps = {}
        for name, terms in self.convolutions.items():
            maps |= zip(terms, one_by_one(fans[name], rectified.shape[1]), strict=True)
        return maps

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:  # noqa: FBT001, FBT002
        """Show kernels [E, C, 1, k, k] as [E·C, 1, k, k]: channels_last wants four dimensions."""

        def apply(tensor: Tensor) -> Tensor:
            if tensor.dim() != 5:
                return fn(tensor)
            return fn(tensor.flatten(0, 1)).reshape(tensor.shape)

        super()._apply(apply, recurse)  # type: ignore[no-untyped-call]
        return self

    def _second_pass(self, fans: Mapping[str, Sequence[Tensor]]) -> dict[str, list[Tensor]]:
        assert self.norm is not None
        normed = iter(self.norm([y for name in self.second for y in fans[name]], self.pointwise))
        second: dict[str, list[Tensor]] = {}
        for name, kernels in self.second.items():
            second[name] = []
            for kernel in kernels.chunk(len(fans[name])):
                rectified = F.relu(next(normed))
                own = kernel.flatten(0, 1)[None]
                second[name] += depthwise_fan(rectified, own, stride=1, dilation=1)
        return second

    def weights(self, like: Tensor) -> SourceWeights:
        """Return the weights; of operations that are not there, empty ones like another."""
        channels = like.shape[0]

        def each(kernels: nn.ParameterDict) -> list[Tensor]:
            return [
                kernels[name]
                if name in kernels
                else like.new_empty(0, channels, 1, shape.kernel, shape.kernel)
                for name, shape in SEPARABLE_CONVOLUTIONS.items()
            ]

        return SourceWeights(each(self.first), each(self.second), self.pointwise)

    def tensors_of(self, term: Term) -> Iterator[tuple[str, Tensor]]:
        """Yield an operation's tensors that are kept here, by their names in the plain layout."""
        name, _ = term
        if name not in SEPARABLE_CONVOLUTIONS:
            return
        position = self.convolutions[name].index(term)
        yield "layers.1.weight", self.first[name].detach()[position]
        if name in self.second:
            assert self.norm is not None
            assert self.pointwise is not None
            unit = self.between.index(term)
            yield "layers.2.weight", self.pointwise.detach()[unit, :, :, None, None]
            yield from self.norm.tensors_of(unit, "layers.3")
            yield "layers.5.weight", self.second[name].detach()[position]
