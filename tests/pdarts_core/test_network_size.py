"""The counts of a discrete network are those of the network itself."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pdarts_core.estimates.network_size import NetworkShape, NetworkSize, count_network
from pdarts_core.estimates.workload import Grid
from pdarts_core.network import Network
from tests.support.genotypes import random_genotype

SHAPES = st.builds(
    NetworkShape,
    layers=st.integers(3, 9),
    init_channels=st.integers(2, 7),
    image_size=st.integers(8, 33),
    num_classes=st.integers(2, 12),
    auxiliary=st.booleans(),
    stem=st.sampled_from(["cifar", "imagenet"]),
)


def measured(seed: int, shape: NetworkShape, images: Grid | None = None) -> NetworkSize:
    """What the network itself has and computes, seen layer by layer."""
    network = Network(
        random_genotype(seed),
        init_channels=shape.init_channels,
        num_classes=shape.num_classes,
        layers=shape.layers,
        auxiliary=shape.auxiliary,
        stem=shape.stem,
    )
    multiply_adds = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal multiply_adds
        assert isinstance(layer, nn.Conv2d | nn.Linear)
        multiply_adds += layer.weight[0].numel() * output[0].numel()

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.no_grad():
        network(torch.zeros(2, 3, *(images or (shape.image_size, shape.image_size))))
    parameters = sum(weights.numel() for weights in network.parameters())
    return NetworkSize(parameters=parameters, multiply_adds=multiply_adds)


@given(st.integers(0, 1000), SHAPES)
@settings(max_examples=40)
def test_they_are_those_of_the_network(seed: int, shape: NetworkShape) -> None:
    assert count_network(random_genotype(seed), shape) == measured(seed, shape)


def test_images_need_not_be_square() -> None:
    shape, images = NetworkShape(layers=5, init_channels=4), Grid(17, 40)
    assert count_network(random_genotype(1), shape, images) == measured(1, shape, images)


def test_the_defaults_are_the_papers_network_for_cifar10() -> None:
    shape = NetworkShape()
    assert (shape.layers, shape.init_channels, shape.image_size) == (20, 36, 32)
    size = count_network(random_genotype(1), shape)
    assert size.parameters == measured(1, shape).parameters


def test_the_auxiliary_head_is_counted_on_demand() -> None:
    genotype = random_genotype(1)
    without = count_network(genotype, NetworkShape())
    with_head = count_network(genotype, NetworkShape(auxiliary=True))
    assert with_head.parameters > without.parameters
    assert with_head.multiply_adds > without.multiply_adds


def test_an_unknown_stem_is_refused() -> None:
    with pytest.raises(ValueError, match="stem must be one of"):
        count_network(random_genotype(1), replace(NetworkShape(), stem="mnist"))  # type: ignore[arg-type]


def test_they_are_counted_without_torch() -> None:
    program = "import sys, pdarts_core.estimates.network_size; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
