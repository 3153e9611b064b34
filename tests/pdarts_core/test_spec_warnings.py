"""What is said against a spec before it runs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pdarts_core.config import PRESETS, SearchConfig, StageConfig
from pdarts_core.estimates.spec_warnings import SpecWarning, warnings_of
from pdarts_core.images.class_sizes import at_most, halves
from pdarts_core.images.sampling import split_by_class
from store.catalogue import BUILTIN_DATASETS
from worker.datasets.subset import balanced_subset

CIFAR = (5_000,) * 10
PAPER = SearchConfig()
SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=8)


def warned(
    config: SearchConfig, sizes: Sequence[int] | None = CIFAR, most: int | None = None
) -> dict[str, SpecWarning]:
    return {found.code: found for found in warnings_of(config, sizes, most)}


def one_stage(**fields: Any) -> SearchConfig:
    stage = {"num_to_keep": 1, "epochs": 25, "warmup_epochs": 10} | fields
    return replace(PAPER, stages=(StageConfig(**stage),))


@pytest.mark.parametrize(
    ("preset", "dataset"),
    [("paper-cifar10", "cifar10"), ("paper-cifar100", "cifar100"), ("paper-cifar10", "svhn")],
)
def test_nothing_is_said_against_the_papers_searches(preset: str, dataset: str) -> None:
    assert not warned(PRESETS[preset], BUILTIN_DATASETS[dataset].class_sizes)


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert not warned(PAPER, None)


def test_few_alpha_steps_are_told_with_their_number() -> None:
    # 718 images in batches of 64: 11 steps in each of 3 epochs.
    config = replace(one_stage(epochs=5, warmup_epochs=2), batch_size=64, arch_learning_rate=0.1)
    found = warned(config, BUILTIN_DATASETS["digits"].class_sizes)
    assert list(found) == ["few_alpha_steps"]
    assert "Stage 1 takes 33 alpha steps" in found["few_alpha_steps"].message
    assert found["few_alpha_steps"].field == ("stages", 0, "epochs")


def test_the_bound_of_alpha_steps_is_met_at_a_hundred() -> None:
    config = replace(PAPER, batch_size=50, arch_learning_rate=0.1)
    for epochs, is_few in ((9, True), (10, False)):
        stages = (StageConfig(num_to_keep=1, epochs=epochs, warmup_epochs=0),)
        found = warned(replace(config, stages=stages), (1_000,))
        assert ("few_alpha_steps" in found) is is_few


def test_only_the_stages_that_it_is_about_are_named() -> None:
    first, second, third = PAPER.stages
    stages = (replace(first, epochs=11), second, replace(third, epochs=11))
    found = warned(replace(PAPER, stages=stages, batch_size=1_000))["few_alpha_steps"]
    assert found.message.startswith("Stages 1 and 3 take 25 alpha steps each")


def test_a_learning_rate_that_cannot_move_alphas_is_told() -> None:
    found = warned(replace(PAPER, arch_learning_rate=5e-5))["short_alpha_reach"]
    assert "3,900 steps of at most 5e-05 move one by at most 0.2" in found.message
    assert "48% more probable" in found.message  # exp(2 · 0.195) − 1
    assert found.field == ("arch_learning_rate",)


@pytest.mark.parametrize("sizes", [CIFAR, None])
def test_a_learning_rate_below_the_draw_leaves_all_to_the_draw(sizes: Any) -> None:
    found = warned(replace(PAPER, arch_learning_rate=1e-30), sizes)
    assert "the draw decides" in found["short_alpha_reach"].message


def test_a_stage_that_trains_no_alphas_is_told() -> None:
    config = replace(one_stage(warmup_epochs=25), train_architecture=False)
    assert list(warned(config)) == ["untrained_stages"]
    assert warned(config)["untrained_stages"].field == ("stages", 0, "warmup_epochs")


def test_alphas_that_are_trained_though_none_need_be_are_told() -> None:
    assert list(warned(replace(PAPER, train_architecture=False))) == ["architecture_is_trained"]


@pytest.mark.parametrize(
    ("sizes", "most", "field"),
    [((10,) * 10, None, "dataset"), (CIFAR, 100, "max_images"), ((10,) * 10, 500, "dataset")],
)
def test_few_images_are_told_with_how_uncertain_they_are(
    sizes: Sequence[int], most: int | None, field: str
) -> None:
    found = warned(PAPER, sizes, most)["few_images"]
    assert "Only 50 images train the alphas" in found.message
    assert "14 percentage points" in found.message  # 0.98 / √50
    assert found.field == (field,)


def test_images_too_few_for_any_signal_are_told_with_how_many_it_takes() -> None:
    # The last stage chooses among 3 operations on 28 edges: (4 + √56)² images of two classes.
    found = warned(PAPER, (131, 131))["signal_out_of_reach"]
    assert found.message.startswith("Whatever this search finds, its signal will be none")
    assert "130 images train the alphas, and with 2 classes it takes 132" in found.message
    assert found.field == ("dataset",)
    assert warned(PAPER, CIFAR, 20)["signal_out_of_reach"].field == ("max_images",)


def test_stages_that_images_are_too_few_for_are_named() -> None:
    # Of 5 operations (4 + √112)² images, of 8 (4 + √196)².
    found = warned(PAPER, (132, 132))["signal_out_of_reach"]
    assert found.message.startswith("What stages 1 and 2 decide will count as chance")
    assert "with 2 classes it takes 324" in found.message
    assert "What stage 1 decides" in warned(PAPER, (300, 300))["signal_out_of_reach"].message
    assert "signal_out_of_reach" not in warned(PAPER, (324, 324))


def test_where_sharing_images_out_would_do_that_is_what_helps() -> None:
    found = warned(replace(PAPER, train_portion=0.8), (500, 500))["signal_out_of_reach"]
    assert found.message.endswith("A train_portion nearer to 0.5 helps.")
    assert found.field == ("train_portion",)


def test_stages_that_train_no_alphas_make_no_signal() -> None:
    first, *others = PAPER.stages
    untrained = [replace(stage, warmup_epochs=stage.epochs) for stage in others]
    config = replace(PAPER, stages=(first, *untrained), train_architecture=False)
    found = warned(config, (323, 323))["signal_out_of_reach"]
    assert "it takes 324" in found.message  # (4 + √196)²


def test_a_lopsided_train_portion_is_told_with_the_halves() -> None:
    found = warned(replace(PAPER, train_portion=0.999))
    assert list(found) == ["few_images", "uneven_halves"]
    assert "49,950 images train the weights and 50 images train the alphas" in (
        found["uneven_halves"].message
    )
    assert {item.field for item in found.values()} == {("train_portion",)}


@pytest.mark.parametrize("portion", [0.1, 0.9])
def test_one_to_nine_is_no_lopsided_train_portion(portion: float) -> None:
    assert "uneven_halves" not in warned(replace(PAPER, train_portion=portion))


def test_a_class_of_one_image_is_told() -> None:
    found = warned(PAPER, (5_000, 5_000, 1))
    assert "1 of 3 classes has a single image" in found["single_image_classes"].message


def test_unequal_classes_are_told_with_what_guessing_reaches() -> None:
    found = warned(PAPER, (8_000, 2_000))["unequal_classes"]
    assert "right for 80%" in found.message
    assert "not with 50%" in found.message
    assert "unequal_classes" not in warned(PAPER, (7_999, 2_000))


@given(sizes=SIZES, most=st.none() | st.integers(1, 200))
def test_images_are_counted_as_they_are_chosen(sizes: list[int], most: int | None) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    chosen = labels[balanced_subset(labels, most, seed=2)]
    assert at_most(sizes, most) == np.bincount(chosen, minlength=len(sizes)).tolist()


@given(sizes=SIZES.filter(lambda sizes: max(sizes) > 1), portion=st.floats(0.001, 0.999))
def test_halves_are_counted_as_they_are_split(sizes: list[int], portion: float) -> None:
    labels = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    split = split_by_class(labels, portion, torch.Generator().manual_seed(2))
    assert halves(sizes, portion) == (len(split.weights), len(split.alphas))
