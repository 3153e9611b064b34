"""Small networks for tests, and the values that the published figures were taken with."""

import math
import zlib
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from pdarts_core.genotype import PRIMITIVES
from pdarts_core.mixed.skeleton import SearchSkeleton
from pdarts_core.space.cells import EDGES, KeptOperations

SomeNetwork = TypeVar("SomeNetwork", bound=SearchSkeleton)


def random_kept(operations: int, seed: int) -> KeptOperations:
    """This many operations on each edge, different ones on each."""
    chooser = np.random.default_rng(seed)
    chosen = [chooser.permutation(len(PRIMITIVES))[:operations] for _ in EDGES]
    return [[PRIMITIVES[index] for index in sorted(indices)] for indices in chosen]


def make_search_network(
    form: type[SomeNetwork],
    kept_normal: KeptOperations,
    kept_reduce: KeptOperations,
    *,
    layers: int = 3,
    init_channels: int = 2,
    dropout_rate: float = 0.0,
    seed: int = 0,
) -> SomeNetwork:
    """The same function for the same seed, with alphas that make shares differ, in float64."""
    network = form(
        init_channels=init_channels,
        num_classes=3,
        layers=layers,
        kept_normal=kept_normal,
        kept_reduce=kept_reduce,
        dropout_rate=dropout_rate,
        generator=torch.Generator().manual_seed(seed),
        dropout_generator=torch.Generator().manual_seed(seed),
    ).double()
    generator = torch.Generator().manual_seed(seed)
    for alphas in network.architecture_parameters():
        alphas.data = torch.randn(alphas.shape, dtype=alphas.dtype, generator=generator)
    return network


def make_images(
    count: int = 4,
    size: tuple[int, int] = (8, 8),
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
) -> Tensor:
    """Images [count, 3, *size] of noise."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, *size, dtype=dtype, generator=generator)


def published_images(count: int, size: int, seed: int) -> Tensor:
    """The images that the published figures were taken with, [count, 3, size, size]."""
    noise = np.random.Generator(np.random.Philox(seed)).standard_normal((count, 3, size, size))
    return torch.from_numpy(noise)


def published_weights(shapes: Mapping[str, list[int]]) -> dict[str, Tensor]:
    """The weights that the published figures were taken with."""
    return {name: torch.as_tensor(_published_value(name, shape)) for name, shape in shapes.items()}


def _published_value(name: str, shape: list[int]) -> np.ndarray:
    if name.endswith(("running_mean", "num_batches_tracked")):
        return np.zeros(shape)
    if name.endswith("running_var"):
        return np.ones(shape)
    noise = np.random.Generator(np.random.Philox(zlib.crc32(name.encode()))).standard_normal(shape)
    if "alphas" in name:
        return 0.5 * noise
    if len(shape) in {2, 4}:
        return noise / math.sqrt(math.prod(shape[1:]))
    return 1 + 0.1 * noise if name.endswith("weight") else 0.1 * noise
