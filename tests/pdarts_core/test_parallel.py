"""Processes that share batches compute what one process computes of whole batches."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pdarts_core.config import SearchConfig
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.images.batches import Batch
from pdarts_core.mixed.plain import PlainSearchNetwork
from pdarts_core.mixed.skeleton import SearchSkeleton
from pdarts_core.network import Network
from pdarts_core.parallel.batch_share import BatchShare
from pdarts_core.parallel.communicator import ALONE, Alone, Communicator
from pdarts_core.parallel.network import share_batches
from pdarts_core.recipe.optimizer import make_optimizer
from pdarts_core.recipe.step import EvaluationStep
from pdarts_core.search_network import SearchNetwork
from pdarts_core.signal.pushes import Pushes
from pdarts_core.space.cells import all_operations
from pdarts_core.stages.optimizers import arch_optimizer, weight_optimizer
from pdarts_core.training.metrics import Tally
from pdarts_core.training.step import TrainingStep
from pdarts_core.training.validation import Validation
from tests.support.genotypes import random_genotype
from tests.support.networks import make_images, make_search_network, random_kept
from tests.support.ranks import in_ranks

EXACT = 1e-10
Told = dict[str, Tensor]


class DoubleBatches:
    """Batches of noise in float64, the same images for the same indices."""

    def __init__(self, images: int) -> None:
        self.images = make_images(images)
        self.labels = torch.arange(images) % 3

    def augmented(self, indices: Tensor) -> Batch:
        return Batch(self.images[indices], self.labels[indices])

    plain = augmented


def state_of(network: nn.Module) -> Told:
    """Return weights and statistics, and gradients, each in one piece."""
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    parts = {"state": network.state_dict().values(), "gradients": gradients}
    return {name: torch.cat([t.flatten() for t in tensors]) for name, tensors in parts.items()}


def assert_equal(told: Told, expected: Told) -> None:
    assert told.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(told[name], value, atol=EXACT, rtol=EXACT, msg=name)


def search(
    communicator: Communicator,
    *,
    images: int = 5,
    accumulate: int = 1,
    form: type[SearchSkeleton] = SearchNetwork,
) -> Told:
    """Take three steps of the weights and of the alphas, with dropout; measure; tell all of it."""
    share = BatchShare(communicator)
    network = make_search_network(form, random_kept(4, 0), random_kept(4, 1), dropout_rate=0.4)
    share_batches(network, share)
    batches: Any = DoubleBatches(images)
    weights, alphas = network.weight_parameters(), network.architecture_parameters()
    pushes = Pushes(alphas, steps=3)
    steps = [
        TrainingStep(
            network=network,
            trained=trained,
            frozen=frozen,
            optimizer=make(trained, SearchConfig()),
            grad_clip=5.0,
            batches=batches,
            tally=Tally(torch.device("cpu")),
            precision="float32",
            accumulate=accumulate,
            pushes=kept,
            batch_share=share,
        )
        for trained, frozen, make, kept in (
            (weights, alphas, weight_optimizer, None),
            (alphas, weights, arch_optimizer, pushes),
        )
    ]
    indices = torch.arange(images)
    told: Told = {}
    for number in range(3):
        for kind, step in zip(("weights", "alphas"), steps, strict=True):
            step(indices)
            told |= {f"{kind} {number}, {name}": t for name, t in state_of(network).items()}
    for kind, step in zip(("weights", "alphas"), steps, strict=True):
        told[f"{kind}, tally"] = step.tally.sums.double().round(decimals=4)
    told["pushes"] = pushes.state().sums
    validation = Validation(
        network,
        batches,
        indices,
        num_classes=3,
        batch_size=4,
        precision="float32",
        batch_share=share,
    )
    while validation.position < validation.batches_per_pass:
        validation.advance()
    told["validation"] = validation.state().sums.double().round(decimals=4)
    return told


def evaluate(communicator: Communicator, *, images: int = 5, accumulate: int = 1) -> Told:
    """Take three steps of an evaluation, with drop path and an auxiliary head; tell all of it."""
    share = BatchShare(communicator)
    config = EvaluationConfig(auxiliary_weight=0.4, label_smoothing=0.1, layers=3, init_channels=4)
    network = Network(
        random_genotype(1),
        init_channels=4,
        num_classes=3,
        layers=3,
        generator=torch.Generator().manual_seed(0),
    ).double()
    share_batches(network, share)
    step = EvaluationStep(network, make_optimizer(network, config), config, accumulate, share)
    paths = torch.Generator().manual_seed(1)
    batch = DoubleBatches(images).plain(torch.arange(images))
    told: Told = {}
    for number in range(3):
        result, logits = step(batch.images, batch.labels, drop_path_prob=0.3, generator=paths)
        told |= {f"{number}, {name}": t for name, t in state_of(network).items()}
        told |= {f"{number}, {name}": value for name, value in result._asdict().items()}
        told[f"{number}, logits"] = logits
    return told


@pytest.mark.sampled
@pytest.mark.parametrize(("images", "accumulate"), [(5, 1), (8, 2)])
def test_two_search_as_one(images: int, accumulate: int) -> None:
    alone = search(ALONE, images=images, accumulate=accumulate)
    both = in_ranks(2, lambda c: search(c, images=images, accumulate=accumulate))
    for told in both:
        assert_equal(told, alone)
    assert all(torch.equal(both[0][name], both[1][name]) for name in alone)


@pytest.mark.slow
def test_two_search_as_one_with_the_plain_network_too() -> None:
    alone = search(ALONE, form=PlainSearchNetwork)
    assert_equal(in_ranks(2, lambda c: search(c, form=PlainSearchNetwork))[1], alone)


@pytest.mark.sampled
@pytest.mark.parametrize(("images", "accumulate"), [(5, 1), (8, 2)])
def test_two_evaluate_as_one(images: int, accumulate: int) -> None:
    alone = evaluate(ALONE, images=images, accumulate=accumulate)
    both = in_ranks(2, lambda c: evaluate(c, images=images, accumulate=accumulate))
    for told in both:
        assert_equal(told, alone)
    assert all(torch.equal(both[0][name], both[1][name]) for name in alone)


def test_a_batch_with_fewer_images_than_processes_is_the_same_batch() -> None:
    alone = evaluate(ALONE, images=2)
    for told in in_ranks(3, lambda c: evaluate(c, images=2)):
        assert_equal(told, alone)


def test_three_processes_take_nearly_equal_parts() -> None:
    def parts(communicator: Communicator) -> tuple[slice, float]:
        share = BatchShare(communicator)
        return share.divide(8), share.weight

    assert in_ranks(3, parts) == [
        (slice(0, 2), 2 / 8),
        (slice(2, 5), 3 / 8),
        (slice(5, 8), 3 / 8),
    ]


def test_weights_of_parts_are_put_on_a_device_once_for_each_size_of_batch() -> None:
    share, own = BatchShare(Alone(size=2)), torch.zeros(1)
    share.divide(5)
    first = share.weights_like(own)
    share.divide(4)
    assert share.weights_like(own).tolist() == [0.5, 0.5]
    share.divide(5)
    assert share.weights_like(own) is first
    assert first.tolist() == pytest.approx([0.4, 0.6])


def test_names_and_parameters_of_a_shared_network_stay() -> None:
    network = make_search_network(SearchNetwork, all_operations(), all_operations())
    before = network.state_dict(keep_vars=True)
    share_batches(network, BatchShare(Alone(size=2)))
    after = network.state_dict(keep_vars=True)
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
