"""The training of a discrete network as one writes it down after reading the papers.

P-DARTS (arXiv 1904.12760, §4.3), DARTS (arXiv 1806.09055), cutout (arXiv 1708.04552) and mixup
(arXiv 1710.09412): layers as torch has them, images one by one through torchvision's transforms in
the processes of a `DataLoader`, float32, the figures of each step fetched as it ends. It computes
the same function as `pdarts_core`, whose speed is measured against it.
"""

from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import GeneEntry, Genotype
from pdarts_core.images.augmentation import padding_for
from pdarts_core.images.dataset import ImageDataset

_SIZES_OF_KERNELS = {"3x3": 3, "5x5": 5}


class HalvingSkip(nn.Module):
    """A skip connection that halves the image: two 1×1 convolutions, one of them shifted."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.one = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.other = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Halve height and width, both even."""
        x = F.relu(x)
        normed: Tensor = self.norm(torch.cat([self.one(x), self.other(x[:, :, 1:, 1:])], dim=1))
        return normed


def pointwise(inputs: int, outputs: int) -> nn.Sequential:
    """Return what changes the number of channels."""
    layers = [nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers)


def separable(channels: int, kernel: int, stride: int, dilation: int) -> nn.Sequential:
    """Return one pass of a separable convolution."""
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(
            channels,
            channels,
            kernel,
            stride,
            padding=dilation * (kernel - 1) // 2,
            dilation=dilation,
            groups=channels,
            bias=False,
        ),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
    )


def operation(name: str, channels: int, stride: int) -> nn.Module:
    """Return an operation of a cell by its published name."""
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else HalvingSkip(channels, channels)
    if name == "max_pool_3x3":
        return nn.MaxPool2d(3, stride, padding=1)
    if name == "avg_pool_3x3":
        return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
    kernel = _SIZES_OF_KERNELS[name.rpartition("_")[2]]
    if name.startswith("dil_conv"):
        return separable(channels, kernel, stride, 2)
    twice = separable(channels, kernel, stride, 1), separable(channels, kernel, 1, 1)
    return nn.Sequential(*twice)


class PlainCell(nn.Module):
    """A cell of two inputs and four nodes, each the sum of two operations."""

    def __init__(
        self, entries: list[GeneEntry], inputs: tuple[int, int], channels: int, kind: str
    ) -> None:
        super().__init__()
        first, second = inputs
        halve = kind == "after reduction"
        self.before = (HalvingSkip if halve else pointwise)(first, channels)
        self.last = pointwise(second, channels)
        self.sources = [source for _, source in entries]
        strides = [2 if kind == "reduction" and source < 2 else 1 for source in self.sources]
        self.operations = nn.ModuleList(
            operation(name, channels, stride)
            for (name, _), stride in zip(entries, strides, strict=True)
        )

    def forward(self, before: Tensor, last: Tensor, drop_path_prob: float) -> Tensor:
        """Map the outputs of the two cells before to this cell's."""
        states = [self.before(before), self.last(last)]
        for first in range(0, len(self.sources), 2):
            states.append(sum(self._input(at, states, drop_path_prob) for at in (first, first + 1)))
        return torch.cat(states[-4:], dim=1)

    def _input(self, place: int, states: list[Tensor], drop_path_prob: float) -> Tensor:
        output: Tensor = self.operations[place](states[self.sources[place]])
        if not drop_path_prob or isinstance(self.operations[place], nn.Identity):
            return output
        shares = torch.full((len(output), 1, 1, 1), 1 - drop_path_prob, device=output.device)
        stays = torch.bernoulli(shares)
        return output / (1 - drop_path_prob) * stays


class PlainNetwork(nn.Module):
    """The network for images of 32×32 pixels, with its auxiliary head.

    Its parameters come in the order of `pdarts_core.network.Network`'s.
    """

    def __init__(self, genotype: Genotype, config: EvaluationConfig, num_classes: int) -> None:
        super().__init__()
        channels, outputs = config.init_channels, 3 * config.init_channels
        self.stem = nn.Sequential(
            nn.Conv2d(3, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)
        )
        reductions = config.layers // 3, 2 * config.layers // 3
        cells: list[PlainCell] = []
        inputs, kind = (outputs, outputs), "normal"
        for number in range(config.layers):
            after = "after reduction" if kind == "reduction" else "normal"
            kind = "reduction" if number in reductions else after
            channels *= 1 + (kind == "reduction")
            entries = genotype.reduce if kind == "reduction" else genotype.normal
            cells.append(PlainCell(entries, inputs, channels, kind))
            inputs = inputs[1], 4 * channels
            if number == reductions[1]:
                head = inputs[1]
        self.cells = nn.ModuleList(cells)
        self.head_after = reductions[1]
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(5, stride=3),
            nn.Conv2d(head, 128, 1, bias=False),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False),
            nn.BatchNorm2d(768),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(768, num_classes),
        )
        self.classifier = nn.Linear(inputs[1], num_classes)

    def forward(self, images: Tensor, drop_path_prob: float) -> tuple[Tensor, Tensor]:
        """Map images [N, 3, 32, 32] to logits and auxiliary logits."""
        before = last = self.stem(images)
        for number, cell in enumerate(self.cells):
            before, last = last, cell(before, last, drop_path_prob)
            if number == self.head_after:
                auxiliary = self.head(last)
        return self.classifier(last.mean((2, 3))), auxiliary


class Cutout:
    """Blanks a square of one image out."""

    def __init__(self, length: int) -> None:
        self._half = length // 2

    def __call__(self, image: Tensor) -> Tensor:
        """Return the image [3, H, W] with the square at 0."""
        height, width = image.shape[1:]
        row, column = np.random.randint(height), np.random.randint(width)
        mask = np.ones((height, width), np.float32)
        rows = slice(max(0, row - self._half), row + self._half)
        columns = slice(max(0, column - self._half), column + self._half)
        mask[rows, columns] = 0
        return image * torch.from_numpy(mask)


class PilImages(Dataset[tuple[Tensor, int]]):
    """The images one by one, as torchvision's data sets hand them out."""

    def __init__(self, dataset: ImageDataset, config: EvaluationConfig) -> None:
        self._images = dataset.images.permute(0, 2, 3, 1).contiguous().numpy()
        self._labels = dataset.labels.tolist()
        side = dataset.images.shape[2]
        changes = [
            transforms.RandomCrop(side, padding=padding_for(side, side)),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize(dataset.mean, dataset.std),
        ]
        if config.cutout:
            changes.append(Cutout(config.cutout_length))
        self._transform = transforms.Compose(changes)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image: Tensor = self._transform(Image.fromarray(self._images[index]))
        return image, self._labels[index]


class PlainTraining:
    """A training that goes on step by step, over the images again and again."""

    def __init__(
        self,
        network: PlainNetwork,
        dataset: ImageDataset,
        config: EvaluationConfig,
        *,
        drop_path_prob: float,
        workers: int,
    ) -> None:
        self._network = network.train()
        self._device = next(network.parameters()).device
        self._config = config
        self._drop_path_prob = drop_path_prob
        self._optimizer = torch.optim.SGD(
            network.parameters(),
            config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        )
        self._loader = DataLoader(
            PilImages(dataset, config),
            batch_size=config.batch_size,
            shuffle=True,
            num_workers=workers,
            persistent_workers=workers > 0,
            drop_last=True,
        )
        self._batches = self._endless()

    def step(self) -> float:
        """Take a step on the next batch and return its loss."""
        images, labels = next(self._batches)
        return self.step_on(images, labels)

    def step_on(self, images: Tensor, labels: Tensor) -> float:
        """Take a step on a batch and return its loss."""
        images, labels = images.to(self._device), labels.to(self._device)
        shares, partners = 1.0, torch.arange(len(images), device=self._device)
        if self._config.mixup:
            shares = float(np.random.beta(self._config.mixup, self._config.mixup))
            partners = torch.randperm(len(images), device=self._device)
            images = shares * images + (1 - shares) * images[partners]
        self._optimizer.zero_grad()
        logits, auxiliary = self._network(images, self._drop_path_prob)
        losses = [
            shares * self._loss(one, labels) + (1 - shares) * self._loss(one, labels[partners])
            for one in (logits, auxiliary)
        ]
        torch.autograd.backward(losses[0] + self._config.auxiliary_weight * losses[1])
        nn.utils.clip_grad_norm_(self._network.parameters(), self._config.grad_clip)
        self._optimizer.step()
        (logits.argmax(1) == labels).float().mean().item()
        return losses[0].item()

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels, label_smoothing=self._config.label_smoothing)

    def _endless(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from self._loader
