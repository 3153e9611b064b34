"""The auxiliary classifier that helps to train deep networks, as in the DARTS family."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def overlapping_quarters(x: Tensor) -> Tensor:
    """Average x [N, C, H, W] over four windows in its corners, to [N, C, 2, 2].

    A window's side is ⅝ of the map's, at least 1 and, if possible, less than all of it. For maps
    of 8×8 and 7×7 these are the published heads' 5×5 windows, in steps of 3 and 2.
    """
    sides = [max(side, 2) for side in x.shape[2:]]
    x = x.expand(-1, -1, *[-1 if old > 1 else 2 for old in x.shape[2:]])
    windows = [min(math.ceil(side * 5 / 8), side - 1) for side in sides]
    steps = [side - window for side, window in zip(sides, windows, strict=True)]
    return F.avg_pool2d(x, windows, steps)


class OverlappingQuarters(nn.Module):
    """See `overlapping_quarters`."""

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, C, H, W] to [N, C, 2, 2]."""
        return overlapping_quarters(x)


class AuxiliaryHead(nn.Module):
    """Classifies what the second reduction cell returns, with batch norm after each convolution.

    P-DARTS' heads are like this for CIFAR and for ImageNet; DARTS' own for ImageNet lacks the
    second batch norm.
    """

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(),
            OverlappingQuarters(),
            nn.Conv2d(channels, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            nn.BatchNorm2d(768),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(768, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, channels, H, W] to logits [N, num_classes]."""
        logits: Tensor = self.classifier(torch.flatten(self.features(x), 1))
        return logits
