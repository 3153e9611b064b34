"""A training step of either form of the search network, as `search_step` measures it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.saved_tensors import saved_bytes
from pdarts_core.config import PRESETS, SearchConfig
from pdarts_core.config_fields import Precision
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.images.batches import DeviceBatches
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.mixed.plain import PlainSearchNetwork
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import EDGES, KeptOperations
from pdarts_core.stages.optimizers import arch_optimizer, weight_optimizer
from pdarts_core.training.cuda_graphs import Recordable, record
from pdarts_core.training.metrics import Tally
from pdarts_core.training.precision import autocast_in, products_in
from pdarts_core.training.step import TrainingStep

CLASSES = 10
FORMS: dict[str, type[PlainSearchNetwork] | type[SearchNetwork]] = {
    "plain": PlainSearchNetwork,
    "fast": SearchNetwork,
}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What to measure."""

    stages: tuple[int, ...]
    batch_size: int
    image_size: int
    init_channels: int
    device: str
    precision: Precision
    rounds: int
    threads: int
    graphs: bool
    seed: int

    @property
    def search(self) -> SearchConfig:
        """The search whose stages are measured."""
        return PRESETS["paper-cifar10"]


class StraightforwardStep(TrainingStep):
    """Computes every gradient, and then trains some of the parameters."""

    def __call__(self, indices: Tensor) -> None:
        """Take one step on the images at `indices`, int64 [N] on the device."""
        self.network.zero_grad(set_to_none=True)
        images, labels = self.batches.augmented(indices)
        with products_in(self.precision):
            with autocast_in(self.precision, images.device):
                logits = self.network(images)
            loss = F.cross_entropy(logits.float(), labels)
            torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.trained, self.grad_clip)
        self.optimizer.step()
        self.tally.add(loss, logits, labels)


class Trial:
    """A form of a stage's network with both of its steps."""

    def __init__(self, setting: Setting, stage: int, form: str) -> None:
        torch.set_num_threads(setting.threads)
        device = torch.device(setting.device)
        self.device = device
        self.generators = [torch.Generator(device).manual_seed(seed) for seed in (1, 2)]
        self.network = make_network(setting, stage, form, self.generators[1]).to(device)
        self.batches = DeviceBatches(
            make_dataset(setting).to(device), generator=self.generators[0], cutout_length=None
        )
        self.indices = torch.arange(setting.batch_size, device=device)
        self.precision = setting.precision
        groups = self.network.weight_parameters(), self.network.architecture_parameters()
        kind_of_step = TrainingStep if form == "fast" else StraightforwardStep
        steps = [
            kind_of_step(
                network=self.network,
                trained=trained,
                frozen=frozen,
                optimizer=make_optimizer(trained, setting.search),
                grad_clip=setting.search.grad_clip,
                batches=self.batches,
                tally=Tally(device),
                precision=setting.precision,
            )
            for trained, frozen, make_optimizer in zip(
                groups, reversed(groups), (weight_optimizer, arch_optimizer), strict=True
            )
        ]
        self.steps: Sequence[Callable[[Tensor], None]] = steps
        if setting.graphs and form == "fast":
            self.steps = record([Recordable(s, self.indices) for s in steps], self.generators)

    def run(self) -> None:
        """Take a weight step and an alpha step, and wait for them."""
        for step in self.steps:
            step(self.indices)
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def saved(self) -> int:
        """Return the bytes that the forward pass of a weight step keeps."""
        images, labels = self.batches.augmented(self.indices)

        def loss() -> Tensor:
            with products_in(self.precision), autocast_in(self.precision, self.device):
                return F.cross_entropy(self.network(images).float(), labels)

        for parameter in self.network.parameters():
            parameter.requires_grad_()
        return saved_bytes(loss, self.network)

    def operator_calls(self) -> int:
        """Count the operators that torch is asked for in both steps, at every depth."""
        activities = [torch.profiler.ProfilerActivity.CPU]
        with torch.profiler.profile(activities=activities) as profile:
            self.run()
        return sum(row.count for row in profile.key_averages() if row.key.startswith("aten::"))


def kept_operations(count: int, seed: int) -> KeptOperations:
    """Return this many operations for each edge, different ones on each, as pruning leaves them."""
    chooser = np.random.default_rng(seed)
    chosen = (chooser.permutation(len(PRIMITIVES))[:count] for _ in EDGES)
    return [[PRIMITIVES[index] for index in sorted(indices)] for indices in chosen]


def operations_in(setting: Setting, stage: int) -> int:
    """Return how many operations are alive on each edge in a stage, counted from 1."""
    return setting.search.alive_in(stage - 1)


def make_network(
    setting: Setting, stage: int, form: str, dropout_generator: torch.Generator
) -> PlainSearchNetwork | SearchNetwork:
    """Return a form of a stage's network; all forms of a stage are the same function."""
    config = setting.search.stages[stage - 1]
    count = operations_in(setting, stage)
    return FORMS[form](
        init_channels=setting.init_channels,
        num_classes=CLASSES,
        layers=config.layers,
        kept_normal=kept_operations(count, setting.seed),
        kept_reduce=kept_operations(count, setting.seed + 1),
        dropout_rate=config.dropout_rate,
        generator=torch.Generator().manual_seed(setting.seed),
        dropout_generator=dropout_generator,
    )


def make_dataset(setting: Setting) -> ImageDataset:
    """Return one batch of noise; the content of images does not affect the time."""
    generator = torch.Generator().manual_seed(setting.seed)
    size = (setting.batch_size, 3, setting.image_size, setting.image_size)
    return ImageDataset(
        name="noise",
        images=torch.randint(256, size, generator=generator, dtype=torch.uint8),
        labels=torch.arange(setting.batch_size) % CLASSES,
        class_names=tuple(map(str, range(CLASSES))),
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
    )
