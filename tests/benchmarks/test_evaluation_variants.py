"""The variants of an evaluation's step are one function, computed in other ways."""

import pytest

from benchmarks.evaluation_variants import Setting, measure


def test_a_step_with_channels_first_is_the_same_step() -> None:
    setting = Setting(
        recipe="quick",
        batch_size=4,
        turns=1,
        threads=1,
        device="cpu",
        variants=("float32", "contiguous"),
    )
    results = measure(setting)
    assert results["contiguous"].loss == pytest.approx(results["float32"].loss, rel=1e-2)
    assert results["float32"].speedup.median == 1
