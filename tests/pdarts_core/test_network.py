"""The discrete network: sizes, stems, auxiliary head and drop path."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.discrete.auxiliary import overlapping_quarters
from pdarts_core.discrete.cell import Cell, drop_path
from pdarts_core.genotype import Genotype, GenotypeError
from pdarts_core.network import Network
from pdarts_core.space.cells import CONCAT
from pdarts_core.space.layout import Stem
from tests.support.networks import make_images

CELL = [
    ("skip_connect", 0),
    ("dil_conv_3x3", 1),
    ("avg_pool_3x3", 0),
    ("sep_conv_3x3", 2),
    ("max_pool_3x3", 1),
    ("sep_conv_5x5", 3),
    ("skip_connect", 1),
    ("dil_conv_5x5", 4),
]
GENOTYPE = Genotype(
    normal=CELL, normal_concat=list(CONCAT), reduce=CELL, reduce_concat=list(CONCAT)
)


def make_network(
    genotype: Genotype = GENOTYPE,
    *,
    stem: Stem = "cifar",
    auxiliary: bool = True,
    layers: int = 5,
    seed: int = 0,
) -> Network:
    return Network(
        genotype,
        init_channels=4,
        num_classes=3,
        layers=layers,
        auxiliary=auxiliary,
        stem=stem,
        generator=torch.Generator().manual_seed(seed),
    )


@pytest.mark.parametrize("size", [(8, 8), (9, 9), (8, 17), (33, 33)])
@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_images_of_any_size_from_8_up_are_classified_twice(
    stem: Stem, size: tuple[int, int]
) -> None:
    network = make_network(stem=stem)

    logits, auxiliary = network(make_images(2, size, dtype=torch.float32))

    assert auxiliary is not None
    assert logits.shape == auxiliary.shape == (2, 3)
    (logits.sum() + auxiliary.sum()).backward()
    assert all(p.grad is not None for p in network.parameters())


@pytest.mark.parametrize(("stem", "divided_by"), [("cifar", 4), ("imagenet", 32)])
def test_the_stem_decides_how_small_images_get(stem: Stem, divided_by: int) -> None:
    network = make_network(stem=stem)
    sizes: list[torch.Size] = []
    network.cells[-1].register_forward_hook(lambda *call: sizes.append(call[2].shape[2:]))

    network(make_images(2, (64, 64), dtype=torch.float32))

    assert sizes == [(64 // divided_by, 64 // divided_by)]


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_channels_may_come_last_in_memory(stem: Stem) -> None:
    images = make_images(dtype=torch.float64)
    network, moved = (make_network(stem=stem).double() for _ in range(2))

    moved.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    answers = moved(images.to(memory_format=torch.channels_last))

    for answer, expected in zip(answers, network(images), strict=True):
        torch.testing.assert_close(answer, expected, rtol=0.0, atol=1e-10)


def test_only_training_brings_auxiliary_logits() -> None:
    images = make_images(dtype=torch.float32)

    assert make_network().eval()(images)[1] is None
    assert make_network(auxiliary=False)(images)[1] is None


def test_the_head_changes_nothing_in_the_rest() -> None:
    images = make_images(dtype=torch.float32)
    with_head, without = make_network(), make_network(auxiliary=False)
    without.load_state_dict(
        {k: v for k, v in with_head.state_dict().items() if not k.startswith("auxiliary_head")}
    )

    assert torch.equal(with_head(images)[0], without(images)[0])


@pytest.mark.parametrize("kernel_step", [(8, 5, 3), (7, 5, 2)])
def test_the_head_averages_as_published_where_sizes_are_as_published(
    kernel_step: tuple[int, int, int],
) -> None:
    size, kernel, step = kernel_step
    images = make_images(2, (size, size))

    assert torch.equal(overlapping_quarters(images), functional.avg_pool2d(images, kernel, step))


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (2, 3), (5, 16)])
def test_the_head_takes_maps_of_any_size(size: tuple[int, int]) -> None:
    ones = torch.ones(2, 3, *size)

    assert torch.equal(overlapping_quarters(ones), torch.ones(2, 3, 2, 2))


def test_a_generator_decides_the_weights() -> None:
    before = torch.get_rng_state()
    first, same, other = (make_network(seed=seed) for seed in (1, 1, 2))

    assert torch.equal(torch.get_rng_state(), before)
    for a, b, c in zip(first.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert a.std() == 0 or not torch.equal(a, c)


def test_drop_path_drops_whole_images_and_keeps_the_mean() -> None:
    images = torch.ones(4000, 2, 3, 3)

    dropped = drop_path(images, 0.3, torch.Generator().manual_seed(0))

    for image in dropped:
        assert image.min() == image.max()
    assert (dropped[:, 0, 0, 0] == 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert dropped.mean().item() == pytest.approx(1, abs=0.05)


def outputs(network: Network, probability: float, seed: int) -> Tensor:
    images = make_images(8, dtype=torch.float32)
    logits: Tensor = network(images, probability, torch.Generator().manual_seed(seed))[0]
    return logits


def test_drop_path_acts_in_training_alone() -> None:
    network = make_network()

    assert torch.equal(outputs(network, 0.5, seed=1), outputs(network, 0.5, seed=1))
    assert not torch.equal(outputs(network, 0.5, seed=1), outputs(network, 0.5, seed=2))
    network.eval()
    assert torch.equal(outputs(network, 0.5, seed=1), outputs(network, 0.0, seed=1))


def test_drop_path_spares_skip_connects() -> None:
    skips = [("skip_connect", position % 2) for position in range(8)]
    cell = make_network(GENOTYPE._replace(normal=skips)).cells[0]
    state = torch.randn(8, 12, 8, 8, generator=torch.Generator().manual_seed(0))

    assert torch.equal(cell(state, state, 0.9, None), cell(state, state, 0.0, None))


def test_a_cell_that_drops_paths_is_that_of_a_slow_version() -> None:
    cell = make_network().double().cells[0]
    assert isinstance(cell, Cell)
    images = torch.randn(5, 12, 8, 8, dtype=torch.float64)

    result = cell(images, images, 0.4, torch.Generator().manual_seed(1))

    drawn = torch.Generator().manual_seed(1)
    states = [cell.preprocess0(images), cell.preprocess1(images)]
    for first in range(0, len(cell.genes), 2):
        node = torch.zeros_like(states[0])
        for position in (first, first + 1):
            name, source = cell.genes[position]
            output = cell.entries[position](states[source])
            if name == "skip_connect":
                node = node + output
                continue
            stays = torch.empty(5, 1, 1, 1, dtype=torch.float64).bernoulli_(0.6, generator=drawn)
            for image in range(5):
                if stays[image].item():
                    node[image] = node[image] + output[image] / 0.6
        states.append(node)
    torch.testing.assert_close(result, torch.cat(states[2:], dim=1))


def test_a_cell_returns_the_nodes_that_the_genotype_names() -> None:
    genotype = GENOTYPE._replace(normal_concat=[4, 5], reduce_concat=[2, 3, 5])
    network = make_network(genotype)

    assert network.classifier.in_features == 2 * 16
    assert network(make_images(dtype=torch.float32))[0].shape == (4, 3)


def test_what_is_no_genotype_is_refused() -> None:
    with pytest.raises(GenotypeError, match="unknown operation"):
        make_network(GENOTYPE._replace(normal=[("conv_7x1", 0)] * 8))


def test_an_unknown_stem_is_refused() -> None:
    with pytest.raises(ValueError, match="stem must be one of cifar, imagenet"):
        make_network(stem="mnist")  # type: ignore[arg-type]
