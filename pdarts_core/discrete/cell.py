"""A cell of a discrete network, and drop path."""

from functools import reduce

import torch
from torch import Tensor, nn

from pdarts_core.blocks.operation_modules import input_preprocessing, make_operation
from pdarts_core.genotype import GeneEntry
from pdarts_core.parallel.batch_share import WHOLE, BatchShare
from pdarts_core.space.cells import INPUTS_PER_NODE
from pdarts_core.space.layout import CellLayout
from pdarts_core.space.operations import SKIP_CONNECT


def drop_path(
    x: Tensor,
    probability: float,
    generator: torch.Generator | None = None,
    share: BatchShare = WHOLE,
) -> Tensor:
    """Zero whole images of x [N, C, H, W] at random, and scale up the others to compensate.

    Where x is a process' share of a batch, the whole batch is drawn for.
    """
    if probability == 0:
        return x
    stays = torch.empty(share.images_of(x), 1, 1, 1, dtype=x.dtype, device=x.device)
    stays.bernoulli_(1 - probability, generator=generator)
    return x * share.part_of(stays) / (1 - probability)


class Cell(nn.Module):
    """A cell whose nodes add two operations each.

    Args:
        layout: its place in the network.
        entries: operation and source of each input, two for each node.
        concat: the states that it returns, concatenated.
    """

    def __init__(self, layout: CellLayout, entries: list[GeneEntry], concat: list[int]) -> None:
        super().__init__()
        self.preprocess0, self.preprocess1 = input_preprocessing(layout, affine=True)
        self.strides = [layout.stride_from(source) for _, source in entries]
        self.genes = entries
        self.concat = concat
        self.batch_share = WHOLE
        self.entries = nn.ModuleList(
            make_operation(name, layout.channels, stride, affine=True)
            for (name, _), stride in zip(entries, self.strides, strict=True)
        )

    def forward(
        self,
        before_last: Tensor,
        last: Tensor,
        drop_path_prob: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        """Map the outputs of the two cells before to this cell's, [N, channels, H, W]."""
        states = [self.preprocess0(before_last), self.preprocess1(last)]
        dropped = drop_path_prob if self.training else 0.0
        for first in range(0, len(self.genes), INPUTS_PER_NODE):
            inputs: list[Tensor] = []
            for position in range(first, first + INPUTS_PER_NODE):
                name, source = self.genes[position]
                output = self.entries[position](states[source])
                identity = name == SKIP_CONNECT and self.strides[position] == 1
                if not identity:
                    output = drop_path(output, dropped, generator, self.batch_share)
                inputs.append(output)
            states.append(reduce(torch.add, inputs))
        return torch.cat([states[state] for state in self.concat], dim=1)
