"""What every form of the search network shares: stem, order of cells, alphas, classifier."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pdarts_core.blocks.initialization import draw_alphas, draw_weights
from pdarts_core.blocks.operation_modules import UncountedBatchNorm2d
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.cells import EDGES, CellPair, KeptOperations
from pdarts_core.space.layout import STEM_MULTIPLIER, CellLayout, cell_layouts


class SearchSkeleton(nn.Module, ABC):
    """A network whose edges mix the operations still alive, by a softmax over its alphas (§3.1).

    Subclasses say how a cell computes its mixed edges. Batch norm has no affine parameters within
    the cells.

    Args:
        init_channels: channels of the first cell's nodes; each reduction cell doubles them.
        num_classes: classes to tell apart.
        layers: cells; those at ⅓ and ⅔ of the depth are reduction cells.
        kept_normal: for each of the 14 edges of a normal cell, the names of the operations alive,
            in the order of PRIMITIVES; the same number on every edge.
        kept_reduce: the same for reduction cells.
        dropout_rate: dropout after skip-connects with stride 1, while training.
        generator: draws weights and alphas, on the CPU; None is torch's own.
        dropout_generator: draws dropout masks, on the images' device; None is the device's own.

    Raises:
        ValueError: kept operations are not 14 lists of equal length with known names in order.
    """

    def __init__(
        self,
        *,
        init_channels: int,
        num_classes: int,
        layers: int,
        kept_normal: KeptOperations,
        kept_reduce: KeptOperations,
        dropout_rate: float = 0.0,
        generator: torch.Generator | None = None,
        dropout_generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        for name, kept in (("kept_normal", kept_normal), ("kept_reduce", kept_reduce)):
            _check_kept(name, kept)
        stem_channels = STEM_MULTIPLIER * init_channels
        self.layouts = list(
            cell_layouts(init_channels=init_channels, stem_channels=stem_channels, layers=layers)
        )
        # Layers fill themselves with numbers that are replaced below; this must not change the
        # state of torch's own generator.
        with torch.random.fork_rng(devices=[]):
            self.stem = nn.Sequential(
                nn.Conv2d(3, stem_channels, 3, padding=1, bias=False),
                UncountedBatchNorm2d(stem_channels),
            )
            self.cells = nn.ModuleList(
                self._make_cell(layout, kept_reduce if layout.reduction else kept_normal)
                for layout in self.layouts
            )
            self.classifier = nn.Linear(self.layouts[-1].out_channels, num_classes)
        self.dropout = SkipDropout(dropout_rate, dropout_generator)
        draw_weights(self.per_edge_tensors(), generator)
        self.alphas_normal = draw_alphas(len(EDGES), len(kept_normal[0]), generator)
        self.alphas_reduce = draw_alphas(len(EDGES), len(kept_reduce[0]), generator)

    @abstractmethod
    def _make_cell(self, layout: CellLayout, kept: KeptOperations) -> nn.Module:
        """Return a cell that mixes the operations kept on each edge."""

    @abstractmethod
    def per_edge_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield weights and batch-norm statistics under their names in PlainSearchNetwork.

        Alphas are left out. The tensors are the network's own, or views of them: writing into
        them changes the network.
        """

    @abstractmethod
    def _run_cells(self, stem: Tensor, shares: CellPair[Tensor]) -> Tensor:
        """Map the stem's output through all cells to the last one's, [N, 4·channels, H, W].

        `shares` [14, operations alive] weigh the operations on each edge.
        """

    def architecture_parameters(self) -> list[nn.Parameter]:
        """Return the alphas of normal and of reduction cells, [14, operations alive] each."""
        return [self.alphas_normal, self.alphas_reduce]

    def weight_parameters(self) -> list[nn.Parameter]:
        """Return all parameters except the alphas."""
        alphas = {id(alpha) for alpha in self.architecture_parameters()}
        return [p for p in self.parameters() if id(p) not in alphas]

    def set_dropout_rate(self, rate: float) -> None:
        """Set the rate of the dropout after skip-connects, in [0, 1)."""
        self.dropout.set_rate(rate)

    def forward(self, images: Tensor) -> Tensor:
        """Map images [N, 3, H, W] to logits [N, num_classes]."""
        shares = CellPair(
            normal=F.softmax(self.alphas_normal, dim=-1),
            reduce=F.softmax(self.alphas_reduce, dim=-1),
        )
        features = self._run_cells(self.stem(images), shares)
        logits: Tensor = self.classifier(features.mean((2, 3)))
        return logits


def weights_and_statistics(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield a module's parameters and batch-norm statistics, but for alphas, by name."""
    for name, tensor in module.state_dict(prefix=prefix).items():
        if not name.endswith("num_batches_tracked") and not name.startswith("alphas_"):
            yield name, tensor


def _check_kept(name: str, kept: KeptOperations) -> None:
    if len(kept) != len(EDGES):
        raise ValueError(f"{name}: expected a list for each of {len(EDGES)} edges, not {len(kept)}")
    for edge, names in enumerate(kept):
        if not names or list(names) != [p for p in PRIMITIVES if p in names]:
            raise ValueError(f"{name}[{edge}]: expected operations in the order of PRIMITIVES")
        if len(names) != len(kept[0]):
            raise ValueError(f"{name}[{edge}]: every edge must have {len(kept[0])} operations")
