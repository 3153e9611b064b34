"""What an evaluation's step is measured against computes the same function."""

from dataclasses import replace

import pytest
import torch

from benchmarks.evaluation_step import (
    CLASSES,
    copy_weights,
    make_dataset,
    speedup_of,
)
from benchmarks.straightforward_training import PlainNetwork, PlainTraining
from pdarts_core.evaluation import (
    EVALUATION_PRESETS,
    make_optimizer,
    training_step,
)
from pdarts_core.recipe.training import make_network
from tests.support.genotypes import RELEASED

CONFIG = replace(
    EVALUATION_PRESETS["short"], init_channels=4, layers=6, mixup=0.0, label_smoothing=0.1
)


def test_both_sides_take_the_same_steps() -> None:
    ours = make_network(CONFIG, RELEASED, CLASSES).double()
    plain = PlainNetwork(RELEASED, CONFIG, CLASSES).double()
    copy_weights(ours, plain)
    training = PlainTraining(plain, make_dataset(4), CONFIG, drop_path_prob=0.0, workers=0)
    optimizer = make_optimizer(ours, CONFIG)
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(4)

    for _ in range(2):
        images = torch.randn(4, 3, 32, 32, dtype=torch.float64, generator=generator)
        loss = training.step_on(images, labels)
        result = training_step(ours, optimizer, images, labels, CONFIG)
        torch.testing.assert_close(result.loss.item(), loss, rtol=1e-9, atol=0)

    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


def test_the_straightforward_side_makes_batches_of_its_own() -> None:
    config = replace(CONFIG, batch_size=4, mixup=0.2)
    network = PlainNetwork(RELEASED, config, CLASSES)
    training = PlainTraining(network, make_dataset(8), config, drop_path_prob=0.1, workers=0)

    assert all(training.step() > 0 for _ in range(3))


def test_a_step_is_taken_where_the_network_is() -> None:
    config = replace(CONFIG, batch_size=4, mixup=0.2)
    network = PlainNetwork(RELEASED, config, CLASSES).to("meta")
    training = PlainTraining(network, make_dataset(8), config, drop_path_prob=0.1, workers=0)

    # What has no values is computed up to where the first one is asked for.
    with pytest.raises(RuntimeError, match=r"item\(\) cannot be called on meta"):
        training.step()


def test_the_median_of_the_speedup_lies_between_its_quartiles() -> None:
    speedup = speedup_of([1, 1, 1, 9, 9, 9, 9], [5, 5, 5, 9, 9, 9, 9])
    assert speedup.low <= speedup.median <= speedup.high
    assert (speedup.low, speedup.median, speedup.high) == (1, 1, 5)
