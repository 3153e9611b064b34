"""How many threads of a CPU have work in a step."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdarts_core.config import PRESETS
from pdarts_core.estimates.threads import threads_for_evaluation, threads_for_search
from pdarts_core.estimates.workload import Grid
from pdarts_core.evaluation_config import EVALUATION_PRESETS

PAPER = PRESETS["paper-cifar10"]
IMAGENET = EVALUATION_PRESETS["paper-imagenet"]


def test_a_small_search_has_work_for_one() -> None:
    assert threads_for_search(PRESETS["quick"], images=1437, grid=Grid(8, 8)) == 1


def test_the_papers_search_has_a_thread_for_each_half_mebibyte_of_a_map() -> None:
    # 96 images of 16 channels and 32×32 pixels in float32: 6 MiB.
    assert threads_for_search(PAPER, images=50_000, grid=Grid(32, 32)) == 12


def test_the_widest_stage_counts() -> None:
    first, *others = PAPER.stages
    wider = replace(PAPER, stages=(first, *(replace(s, add_width=16) for s in others)))
    assert threads_for_search(wider, images=50_000, grid=Grid(32, 32)) == 24


def test_a_batch_has_no_more_images_than_there_are() -> None:
    assert threads_for_search(PAPER, images=16, grid=Grid(32, 32)) == 2


def test_an_evaluation_counts_the_maps_that_its_stem_hands_on() -> None:
    # 256 images of 48 channels and 28×28 pixels: 36.75 MiB.
    assert threads_for_evaluation(IMAGENET, images=10**6, grid=Grid(224, 224)) == 36


@pytest.mark.parametrize("side", [1, 8, 512])
@given(images=st.integers(1, 10**6), channels=st.integers(1, 256))
def test_there_is_always_one(side: int, images: int, channels: int) -> None:
    config = replace(PAPER, init_channels=channels)
    assert threads_for_search(config, images=images, grid=Grid(side, side)) >= 1
