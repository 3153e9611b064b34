"""The discrete network of a genotype, for evaluation (P-DARTS, arXiv 1904.12760, §4.3, §4.4)."""

from typing import get_args

import torch
from torch import Tensor, nn

from pdarts_core.blocks.initialization import draw_weights
from pdarts_core.discrete.auxiliary import AuxiliaryHead
from pdarts_core.discrete.cell import Cell
from pdarts_core.genotype import Genotype, from_dict, nodes_returned, to_dict
from pdarts_core.space.layout import (
    STEM_MULTIPLIER,
    CellLayout,
    Stem,
    discrete_layouts,
    reduction_cells,
)


class Network(nn.Module):
    """A genotype's cells, repeated; takes images of 8×8 pixels or more.

    Args:
        genotype: describes the two kinds of cell.
        init_channels: channels of the first cell's nodes; each reduction cell doubles them.
        num_classes: classes to tell apart.
        layers: cells; those at ⅓ and ⅔ of the depth are reduction cells.
        auxiliary: whether there is an auxiliary head, after the second reduction cell.
        stem: what comes before the cells: `cifar` keeps the images' size, `imagenet` divides it
            by 8.
        generator: draws the weights, on the CPU; None is torch's own.

    Raises:
        GenotypeError: the genotype is not valid.
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
        layouts = discrete_layouts(
            nodes_returned(genotype), init_channels=init_channels, layers=layers, stem=stem
        )
        self.auxiliary_after = reduction_cells(layers)[1]
        # Layers fill themselves with numbers that are replaced below; this must not change the
        # state of torch's own generator.
        with torch.random.fork_rng(devices=[]):
            if stem == "imagenet":
                self.stem0, self.stem1 = _imagenet_stem(init_channels)
            else:
                self.stem = _convolution(3, STEM_MULTIPLIER * init_channels)
            self.cells = nn.ModuleList(_cell(genotype, layout) for layout in layouts)
            self.auxiliary_head: AuxiliaryHead | None = None
            if auxiliary:
                channels = layouts[self.auxiliary_after].out_channels
                self.auxiliary_head = AuxiliaryHead(channels, num_classes)
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
    """Return the layers that bring images to a quarter of their size, and then to an eighth."""
    half = channels // 2
    quarter = [*_convolution(3, half, 2), nn.ReLU(), *_convolution(half, channels, 2)]
    return nn.Sequential(*quarter), nn.Sequential(nn.ReLU(), *_convolution(channels, channels, 2))
