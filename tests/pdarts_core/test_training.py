"""One step of training, held against the same thing written out, and validation."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pdarts_core.config import SearchConfig
from pdarts_core.images.batches import Batch, DeviceBatches
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import all_operations
from pdarts_core.stages.optimizers import arch_optimizer, set_learning_rate, weight_optimizer
from pdarts_core.training.metrics import Tally
from pdarts_core.training.step import TrainingStep
from pdarts_core.training.validation import Forward, Validation
from tests.support.searches import make_dataset

CPU = torch.device("cpu")
INDICES = torch.arange(0, 24, 4)


def make_network(seed: int = 0) -> SearchNetwork:
    return SearchNetwork(
        init_channels=1,
        num_classes=3,
        layers=3,
        kept_normal=all_operations(),
        kept_reduce=all_operations(),
        generator=torch.Generator().manual_seed(seed),
    )


def make_batches() -> DeviceBatches:
    return DeviceBatches(make_dataset(), generator=torch.Generator().manual_seed(0))


def make_step(network: SearchNetwork, kind: str, **changes: Any) -> TrainingStep:
    config = SearchConfig()
    weights, alphas = network.weight_parameters(), network.architecture_parameters()
    trained, frozen = (weights, alphas) if kind == "weights" else (alphas, weights)
    optimizer = weight_optimizer if kind == "weights" else arch_optimizer
    parts: dict[str, Any] = {
        "network": network,
        "trained": trained,
        "frozen": frozen,
        "optimizer": optimizer(trained, config),
        "grad_clip": config.grad_clip,
        "batches": make_batches(),
        "tally": Tally(CPU),
        "precision": "float32",
    }
    return TrainingStep(**parts | changes)


def values(parameters: list[nn.Parameter]) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in parameters]


def statistics(network: nn.Module) -> list[Tensor]:
    return [buffer.clone() for name, buffer in network.named_buffers() if "running" in name]


def same(before: list[Tensor], after: list[Tensor]) -> bool:
    return all(map(torch.equal, before, after))


def test_a_weight_step_is_sgd_with_momentum_decay_and_a_clipped_gradient() -> None:
    network, batches = make_network(), make_batches()
    step = make_step(network, "weights", grad_clip=0.5)
    expected = copy.deepcopy(network)
    parameters = expected.weight_parameters()
    optimizer = torch.optim.SGD(parameters, lr=0.025, momentum=0.9, weight_decay=3e-4)
    for _ in range(3):
        step(INDICES)
        images, labels = batches.augmented(INDICES)
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(expected(images), labels))
        nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()
    for one, other in zip(network.weight_parameters(), parameters, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


def test_an_architecture_step_is_adam_on_the_alphas() -> None:
    network, batches = make_network(), make_batches()
    step = make_step(network, "alphas")
    expected = copy.deepcopy(network)
    parameters = expected.architecture_parameters()
    optimizer = torch.optim.Adam(parameters, lr=6e-4, betas=(0.5, 0.999), weight_decay=1e-3)
    for _ in range(3):
        step(INDICES)
        images, labels = batches.augmented(INDICES)
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(expected(images), labels))
        nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
    for one, other in zip(network.architecture_parameters(), parameters, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("kind", ["weights", "alphas"])
def test_a_step_moves_its_own_parameters_and_the_statistics_alone(kind: str) -> None:
    network = make_network()
    weights, alphas = network.weight_parameters(), network.architecture_parameters()
    trained, frozen = (weights, alphas) if kind == "weights" else (alphas, weights)
    trained_before, frozen_before = values(trained), values(frozen)
    statistics_before = statistics(network)
    make_step(network, kind)(INDICES)
    assert not same(trained_before, values(trained))
    assert same(frozen_before, values(frozen))
    assert not same(statistics_before, statistics(network))


def test_steps_of_both_kinds_take_turns() -> None:
    network = make_network()
    weights, alphas = make_step(network, "weights"), make_step(network, "alphas")
    for step in (alphas, weights, alphas, weights):
        before = values(list(step.trained))
        step(INDICES)
        assert not same(before, values(list(step.trained)))


def test_a_step_counts_what_it_saw() -> None:
    step = make_step(make_network(), "weights")
    step(INDICES)
    step(INDICES[:2])
    assert step.tally.take().images == 8


def test_the_learning_rate_can_be_changed_between_steps() -> None:
    step = make_step(make_network(), "weights")
    set_learning_rate(step.optimizer, 0.0)
    before = values(list(step.trained))
    step(INDICES)
    assert same(before, values(list(step.trained)))


class Linear(nn.Module):
    """A network without batch norm, in which images do not feel each other."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3 * 64, 3)
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.layer(images.flatten(1))
        return logits


class Plain(DeviceBatches):
    """Batches whose images do not depend on how they are asked for."""

    augmented = DeviceBatches.plain


def take_step(network: Linear, batches: DeviceBatches, indices: Tensor, *, parts: int) -> None:
    parameters = list(network.parameters())
    TrainingStep(
        network=network,
        trained=parameters,
        frozen=[],
        optimizer=weight_optimizer(parameters, SearchConfig()),
        grad_clip=5.0,
        batches=batches,
        tally=Tally(CPU),
        precision="float32",
        accumulate=parts,
    )(indices)


@pytest.mark.parametrize("parts", [2, 4, 6])
def test_a_batch_in_parts_gives_the_gradient_of_the_whole(parts: int) -> None:
    whole, in_parts = Linear(), Linear()
    batches = Plain(make_dataset(), generator=torch.Generator())
    take_step(whole, batches, INDICES, parts=1)
    take_step(in_parts, batches, INDICES, parts=parts)
    torch.testing.assert_close(whole.layer.weight, in_parts.layer.weight)


@pytest.mark.parametrize(("images", "parts"), [(10, 4), (66, 16), (100, 32), (8, 4)])
def test_a_batch_in_parts_has_as_many_as_it_says_and_none_is_smaller_than_it_must(
    images: int, parts: int
) -> None:
    sizes = []

    class Counted(Plain):
        def augmented(self, indices: Tensor) -> Batch:
            sizes.append(len(indices))
            return self.plain(indices)

    batches = Counted(make_dataset(), generator=torch.Generator())
    take_step(Linear(), batches, torch.zeros(images, dtype=torch.int64), parts=parts)
    assert (len(sizes), sum(sizes)) == (parts, images)
    assert set(sizes) <= {images // parts, -(-images // parts)}


def measured(network: SearchNetwork, batch_size: int) -> tuple[float, float]:
    batches = make_batches()
    validation = Validation(
        network,
        batches,
        torch.arange(24),
        num_classes=make_dataset().num_classes,
        batch_size=batch_size,
        precision="float32",
    )
    for _ in range(validation.batches_per_pass):
        validation.advance()
    scores = validation.end().scores
    return scores.loss, scores.accuracy


def test_validation_does_not_depend_on_the_batch_size() -> None:
    network = make_network()
    loss, accuracy = measured(network, 24)
    other_loss, other_accuracy = measured(network, 7)
    assert other_loss == pytest.approx(loss, rel=1e-5)
    assert other_accuracy == pytest.approx(accuracy)


def test_validation_changes_nothing() -> None:
    network = make_network()
    before = copy.deepcopy(network.state_dict())
    measured(network, 8)
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_validation_uses_running_statistics() -> None:
    network = make_network()
    fresh = measured(network, 24)
    for _ in range(5):
        network(make_batches().plain(torch.arange(24)).images)
    assert measured(network, 24) != fresh


def validation_of(network: SearchNetwork) -> Validation:
    return Validation(
        network,
        make_batches(),
        torch.arange(24),
        num_classes=3,
        batch_size=10,
        precision="float32",
    )


@pytest.mark.parametrize("is_training", [True, False])
def test_a_recording_that_fails_leaves_the_network_in_its_mode(is_training: bool) -> None:
    network = make_network().train(is_training)
    validation = validation_of(network)

    def fail(_forward: Forward, _indices: Tensor) -> Forward:
        raise RuntimeError("operation not permitted when stream is capturing")

    with pytest.raises(RuntimeError, match="capturing"):
        validation.use_recording(fail)
    assert network.training is is_training


def test_a_recording_of_the_network_sees_full_batches_alone_and_measures_the_same() -> None:
    network, sizes = make_network(), []

    def recorded(forward: Forward, example: Tensor) -> Forward:
        assert not network.training

        def replay(indices: Tensor) -> tuple[Tensor, Tensor]:
            sizes.append((len(indices), len(example)))
            return forward(indices)

        return replay

    scores = []
    for records in (False, True):
        validation = validation_of(network)
        if records:
            validation.use_recording(recorded)
            assert network.training
        for _ in range(validation.batches_per_pass):
            validation.advance()
        scores.append(validation.end())
    assert sizes == [(10, 10)] * 3
    assert scores[0].classes == scores[1].classes
    assert scores[0].scores.loss == pytest.approx(scores[1].scores.loss)
    assert scores[1].scores.images == 24
