"""What speaks against an evaluation's spec, rule by rule."""

from dataclasses import replace
from typing import Any

import pytest

from pdarts_core.estimates.evaluation_needs import ImageCounts, count_images, count_multiply_adds
from pdarts_core.estimates.evaluation_warnings import (
    EvaluationFacts,
    evaluation_warnings,
)
from pdarts_core.estimates.network_size import NetworkShape, count_network
from pdarts_core.estimates.workload import Grid
from pdarts_core.evaluation_config import EVALUATION_PRESETS
from tests.support.evaluations import GENOTYPE

PAPER = EVALUATION_PRESETS["paper-cifar10"]
FACTS = EvaluationFacts(
    config=PAPER,
    preset="paper-cifar10",
    images=ImageCounts(trained=50_000, held_out=0, tested=10_000),
    grid=Grid(32, 32),
    has_test_images=True,
    source="genotype",
)
FEW = ImageCounts(trained=100, held_out=0, tested=99)


def codes(**changes: Any) -> list[str]:
    return [found.code for found in evaluation_warnings(replace(FACTS, **changes))]


def test_nothing_speaks_against_the_papers_own() -> None:
    assert codes() == []
    imagenet = EVALUATION_PRESETS["paper-imagenet"]
    assert codes(preset="paper-imagenet", config=imagenet, grid=Grid(256, 256)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"has_test_images": False}, ["no_test_images"]),
        ({"images": FEW}, ["few_test_images", "large_batch"]),
        ({"grid": Grid(64, 64)}, ["other_image_size"]),
        ({"grid": Grid(16, 16)}, ["other_image_size"]),
        ({"grid": Grid(16, 16), "preset": "short"}, []),
        ({"unfounded": "srch_1"}, ["no_signal"]),
        ({"images": None, "grid": None}, []),
        ({"images": replace(FEW, tested=None)}, ["large_batch"]),
        ({"config": replace(PAPER, epochs=0), "images": FEW, "grid": None}, ["few_test_images"]),
        ({"config": replace(PAPER, epochs=0), "grid": Grid(8, 8)}, []),
    ],
)
def test_each_rule_has_its_reason(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(**changes) == expected


def test_images_are_trained_on_three_times_and_measured_once() -> None:
    config = replace(PAPER, epochs=10, auxiliary_weight=0.0, valid_portion=0.25)
    images = count_images(config, [20, 20], max_images=None, tested=7)
    assert images == ImageCounts(trained=30, held_out=10, tested=7)
    shape = NetworkShape(layers=5, init_channels=4)
    once = count_network(GENOTYPE, shape).multiply_adds
    work = count_multiply_adds(GENOTYPE, shape, config, images)
    assert work == (10 * (3 * 30 + 10) + 7) * once
    only_tested = replace(config, epochs=0)
    assert count_multiply_adds(GENOTYPE, shape, only_tested, images) == 7 * once
    held_out = replace(images, tested=0)
    assert count_multiply_adds(GENOTYPE, shape, only_tested, held_out) == 10 * once
