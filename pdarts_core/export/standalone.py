"""Classifies images with a network that P-DARTS found.

    pip install torch numpy safetensors pillow
    python network.py cat.jpg dog.png
    python network.py --weights model.safetensors --top 3 photos/*.jpg

The weights are in model.safetensors, beside this file. `load()` returns the network for other
programs: it takes images [N, 3, H, W], normalised as `prepare` does it, and returns logits.
"""

import argparse
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor, nn

# What follows describes one trained network.
# <<< settings
CLASS_NAMES = ["cat", "dog"]
NORMAL = [("skip_connect", 0), ("sep_conv_3x3", 1)] * 4
NORMAL_CONCAT = [2, 3, 4, 5]
REDUCE = [("max_pool_3x3", 0), ("dil_conv_5x5", 1)] * 4
REDUCE_CONCAT = [2, 3, 4, 5]
LAYERS = 3
INIT_CHANNELS = 2
STEM = "cifar"
MEAN = [0.5, 0.5, 0.5]
STD = [0.25, 0.25, 0.25]
LOADED_SIZE = (8, 8)  # height and width that images are resized to
SEEN_SIZE = (8, 8)  # height and width of the middle that the network sees
# >>> settings

# Kernel size, dilation, and how often the layers are repeated.
SEPARABLE = {
    "sep_conv_3x3": (3, 1, 2),
    "sep_conv_5x5": (5, 1, 2),
    "dil_conv_3x3": (3, 2, 1),
    "dil_conv_5x5": (5, 2, 1),
}


class ReLUConvBN(nn.Module):
    """ReLU, 1×1 convolution and batch norm."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Keep the size of the images."""
        out: Tensor = self.layers(x)
        return out


class FactorizedReduce(nn.Module):
    """Halves height and width: two 1×1 convolutions on grids that are shifted by a pixel."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.even = nn.Conv2d(in_channels, half, 1, stride=2, bias=False)
        self.odd = nn.Conv2d(in_channels, out_channels - half, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return images of half the size, rounded up."""
        x = F.relu(x)
        height, width = x.shape[2:]
        shifted = F.pad(x, (0, width % 2, 0, height % 2))[:, :, 1:, 1:]
        out: Tensor = self.norm(torch.cat([self.even(x), self.odd(shifted)], dim=1))
        return out


class SeparableConvolution(nn.Module):
    """ReLU, depthwise convolution, 1×1 convolution and batch norm, once or twice."""

    def __init__(self, name: str, channels: int, stride: int) -> None:
        super().__init__()
        kernel, dilation, passes = SEPARABLE[name]
        padding = dilation * (kernel - 1) // 2
        layers: list[nn.Module] = []
        for step in (stride, 1)[:passes]:
            layers += [
                nn.ReLU(),
                nn.Conv2d(
                    channels,
                    channels,
                    kernel,
                    step,
                    padding,
                    dilation,
                    groups=channels,
                    bias=False,
                ),
                nn.Conv2d(channels, channels, 1, bias=False),
                nn.BatchNorm2d(channels),
            ]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Divide the size of the images by the stride."""
        out: Tensor = self.layers(x)
        return out


class Zero(nn.Module):
    """No connection."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return zeros of the right size."""
        return torch.zeros_like(x[:, :, :: self.stride, :: self.stride])


def make_operation(name: str, channels: int, stride: int) -> nn.Module:
    """Return one of the eight operations."""
    if name == "none":
        return Zero(stride)
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels)
    if name == "max_pool_3x3":
        return nn.MaxPool2d(3, stride, padding=1)
    if name == "avg_pool_3x3":
        return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
    return SeparableConvolution(name, channels, stride)


class Cell(nn.Module):
    """Four nodes, each the sum of two operations on earlier states."""

    def __init__(
        self, before_last: int, last: int, channels: int, *, reduction: bool, halve: bool
    ) -> None:
        super().__init__()
        self.genes = REDUCE if reduction else NORMAL
        self.concat = REDUCE_CONCAT if reduction else NORMAL_CONCAT
        # After a reduction cell, the cell before it has twice the size.
        form = FactorizedReduce if halve else ReLUConvBN
        self.preprocess0 = form(before_last, channels)
        self.preprocess1 = ReLUConvBN(last, channels)
        self.entries = nn.ModuleList(
            make_operation(name, channels, 2 if reduction and source < 2 else 1)
            for name, source in self.genes
        )

    def forward(self, before_last: Tensor, last: Tensor) -> Tensor:
        """Compute the nodes from the outputs of the two cells before."""
        states = [self.preprocess0(before_last), self.preprocess1(last)]
        for first in range(0, len(self.genes), 2):
            states.append(
                self.entries[first](states[self.genes[first][1]])
                + self.entries[first + 1](states[self.genes[first + 1][1]])
            )
        return torch.cat([states[place] for place in self.concat], dim=1)


def convolution(in_channels: int, out_channels: int, stride: int = 1) -> list[nn.Module]:
    """Return a 3×3 convolution with batch norm."""
    return [
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
    ]


class Network(nn.Module):
    """A stem, a stack of cells (those at ⅓ and ⅔ reduce), and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        channels = INIT_CHANNELS
        if STEM == "imagenet":
            half = channels // 2
            self.stem0 = nn.Sequential(
                *convolution(3, half, 2), nn.ReLU(), *convolution(half, channels, 2)
            )
            self.stem1 = nn.Sequential(nn.ReLU(), *convolution(channels, channels, 2))
            before_last = last = channels
        else:
            self.stem = nn.Sequential(*convolution(3, 3 * channels))
            before_last = last = 3 * channels
        self.cells = nn.ModuleList()
        halve = STEM == "imagenet"
        for place in range(LAYERS):
            reduction = place in {LAYERS // 3, 2 * LAYERS // 3}
            channels *= 2 if reduction else 1
            self.cells.append(Cell(before_last, last, channels, reduction=reduction, halve=halve))
            concat = REDUCE_CONCAT if reduction else NORMAL_CONCAT
            before_last, last, halve = last, len(concat) * channels, reduction
        self.classifier = nn.Linear(last, len(CLASS_NAMES))

    def forward(self, images: Tensor) -> Tensor:
        """Map images [N, 3, H, W] to logits [N, classes]."""
        if STEM == "imagenet":
            before_last = self.stem0(images)
            last = self.stem1(before_last)
        else:
            before_last = last = self.stem(images)
        for cell in self.cells:
            before_last, last = last, cell(before_last, last)
        logits: Tensor = self.classifier(last.mean((2, 3)))
        return logits


def load(weights: str | Path) -> Network:
    """Return the trained network, from a file of weights."""
    tensors = safetensors.torch.load_file(weights)
    network = Network()
    # The auxiliary head only helped to train.
    network.load_state_dict(
        {name: t for name, t in tensors.items() if not name.startswith("auxiliary_head.")}
    )
    return network.eval()


def prepare(path: str | Path) -> Tensor:
    """Return an image as the network wants it: [3, H, W], normalised."""
    height, width = LOADED_SIZE
    with Image.open(path) as image:
        image.draft(None, (2 * width, 2 * height))
        ImageOps.exif_transpose(image, in_place=True)
        fitted = ImageOps.fit(to_rgb(image), (width, height), method=Image.Resampling.BILINEAR)
    top, left = (height - SEEN_SIZE[0]) // 2, (width - SEEN_SIZE[1]) // 2
    middle = fitted.crop((left, top, left + SEEN_SIZE[1], top + SEEN_SIZE[0]))
    pixels = torch.from_numpy(np.array(middle)).permute(2, 0, 1).float()
    mean, std = torch.tensor(MEAN)[:, None, None], torch.tensor(STD)[:, None, None]
    return pixels * (1 / (255 * std)) - mean / std


def to_rgb(image: Image.Image) -> Image.Image:
    """Return an image without transparency, on white; of 16 bits, the upper 8 stay."""
    image.load()
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        page = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(page, image.convert("RGBA"))
    return image.convert("RGB")


@torch.no_grad()
def classify(network: Network, paths: list[str]) -> Tensor:
    """Return each image's probabilities: [N, classes]."""
    images = torch.stack([prepare(path) for path in paths])
    logits: Tensor = network(images)
    return logits.softmax(1)


def main() -> None:
    """Print the likeliest classes of the images on the command line."""
    parser = argparse.ArgumentParser(description="Classifies images.")
    parser.add_argument("images", nargs="+", help="files to classify")
    beside = Path(__file__).with_name("model.safetensors")
    parser.add_argument("--weights", default=beside, help="the file of weights")
    parser.add_argument("--top", type=int, default=1, help="how many classes to print for each")
    options = parser.parse_args()
    network = load(options.weights)
    for path in options.images:
        (shares,) = classify(network, [path])
        likeliest = shares.topk(min(options.top, len(CLASS_NAMES)))
        told = (
            f"{CLASS_NAMES[place]} {share:.1%}"
            for share, place in zip(*map(Tensor.tolist, likeliest), strict=True)
        )
        print(f"{path}: {', '.join(told)}")


if __name__ == "__main__":
    main()
