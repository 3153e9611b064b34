"""The discrete network of a genotype, for evaluation (P-DARTS, arXiv 1904.12760, §4.3, §4.4)."""

from functools import reduce
from typing import get_args

import torch
from torch import Tensor, nn

from pdarts_core.blocks.initialization import draw_weights
from pdarts_core.blocks.operation_modules import input_preprocessing, make_operation
from pdarts_core.discrete.auxiliary import AuxiliaryHead
from pdarts_core.genotype import (
    INPUTS_PER_NODE,
    SKIP_CONNECT,
    GeneEntry,
    Genotype,
    from_dict,
    to_dict,
)
from pdarts_core.space.layout import (
    STEM_MULTIPLIER,
    CellLayout,
    Stem,
    discrete_layouts,
    reduction_cells,
)


def drop_path(x: Tensor, probability: float, generator: torch.Generator | None = None) -> Tensor:
    """Zero whole images of x [N, C, H, W] at random, and scale up the others in return."""
    if probability == 0:
        return x
    stays = torch.empty(len(x), 1, 1, 1, dtype=x.dtype, device=x.device)
    return x * stays.bernoulli_(1 - probability, generator=generator) / (1 - probability)


class Cell(nn.Module):
    """A cell whose nodes add two operations each.

    Args:
        layout: where it stands in the network.
        entries: operation and source of each input, two for each node.
        concat: the states that it returns, concatenated.
    """

    def __init__(self, layout: CellLayout, entries: list[GeneEntry], concat: list[int]) -> None:
        super().__init__()
        first, second = layout.in_channels
        self.preprocess0 = input_preprocessing(
            first, layout.channels, halve=layout.halve_first_input, affine=True
        )
        self.preprocess1 = input_preprocessing(second, layout.channels, halve=False, affine=True)
        self.strides = [layout.stride_from(source) for _, source in entries]
        self.genes = entries
        self.concat = concat
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
                inputs.append(output if identity else drop_path(output, dropped, generator))
            states.append(reduce(torch.add, inputs))
        return torch.cat([states[state] for state in self.concat], dim=1)


class Network(nn.Module):
    """A genotype's cells, repeated; takes images from 8×8 pixels up.

    Args:
        genotype: what the two kinds of cell are.
        init_channels: channels of the first cell's nodes; each reduction cell doubles them.
        num_classes: classes to tell apart.
        layers: cells; those at ⅓ and ⅔ of the depth are reduction cells.
        auxiliary: whether there is an auxiliary head, after the second reduction cell.
        stem: what comes before the cells: `cifar` keeps the images' size, `imagenet` divides it
            by 8.
        generator: draws the weights, on the CPU; None is torch's own.

    Raises:
        GenotypeError: the genotype is none.
        ValueError: the stem is unknown.
    """

    def __init__(
        self,
        genotype: Genotype,
        *,
        init_channels: int,
        num_classes: int,
        layers: int,
        auxiliary: bool = True,
        stem: Stem = "cifar",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if stem not in get_args(Stem):
            raise ValueError(f"stem must be one of {', '.join(get_args(Stem))}, not {stem!r}")
        genotype = from_dict(to_dict(genotype))
        layouts = discrete_layouts(genotype, init_channels=init_channels, layers=layers, stem=stem)
        self.auxiliary_after = reduction_cells(layers)[1]
        # Layers fill themselves with numbers that are replaced below: torch's own generator must
        # not notice.
        with torch.random.fork_rng(devices=[]):
            if stem == "imagenet":
                self.stem0, self.stem1 = _imagenet_stem(init_channels)
            else:
                self.stem = _convolution(3, STEM_MULTIPLIER * init_channels)
            self.cells = nn.ModuleList(_cell(genotype, layout) for layout in layouts)
            self.auxiliary_head: AuxiliaryHead | None = None
            if auxiliary:
                channels = layouts[self.auxiliary_after].out_channels
                self.auxiliary_head = AuxiliaryHead(
                    channels, num_classes, last_norm=stem == "cifar"
                )
            self.classifier = nn.Linear(layouts[-1].out_channels, num_classes)
        draw_weights(self.state_dict().items(), generator)

    def forward(
        self,
        images: Tensor,
        drop_path_prob: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Map images [N, 3, H, W] to logits and auxiliary logits, [N, num_classes] each.

        The auxiliary ones are None unless the network is in training mode and has the head.
        `drop_path_prob` is how probably each path is dropped, for each image, in training mode;
        `generator` draws them, on the images' device (None: the device's own).
        """
        before_last, last = self._stem_outputs(images)
        auxiliary_logits: Tensor | None = None
        for number, cell in enumerate(self.cells):
            before_last, last = last, cell(before_last, last, drop_path_prob, generator)
            if self.training and self.auxiliary_head and number == self.auxiliary_after:
                auxiliary_logits = self.auxiliary_head(last)
        return self.classifier(last.mean((2, 3))), auxiliary_logits

    def _stem_outputs(self, images: Tensor) -> tuple[Tensor, Tensor]:
        if hasattr(self, "stem"):
            out = self.stem(images)
            return out, out
        first = self.stem0(images)
        return first, self.stem1(first)


def _cell(genotype: Genotype, layout: CellLayout) -> Cell:
    if layout.reduction:
        return Cell(layout, genotype.reduce, genotype.reduce_concat)
    return Cell(layout, genotype.normal, genotype.normal_concat)


def _convolution(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
    )


def _imagenet_stem(channels: int) -> tuple[nn.Sequential, nn.Sequential]:
    """Return what makes a quarter of the images' size, and from that an eighth."""
    half = channels // 2
    quarter = [*_convolution(3, half, 2), nn.ReLU(), *_convolution(half, channels, 2)]
    return nn.Sequential(*quarter), nn.Sequential(nn.ReLU(), *_convolution(channels, channels, 2))
