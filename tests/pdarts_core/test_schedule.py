"""How learning rate, dropout and phases go from epoch to epoch."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pdarts_core.config import SearchConfig, StageConfig
from pdarts_core.stages.schedule import dropout_rate, is_validated, learning_rate, phase_of

PAPER = SearchConfig()
LAST = PAPER.stages[2]


def test_weights_are_trained_alone_for_ten_epochs() -> None:
    phases = [phase_of(LAST, epoch) for epoch in range(LAST.epochs)]
    assert phases == ["weights"] * 10 + ["architecture"] * 15


def test_the_learning_rate_starts_at_its_full_value_and_never_reaches_the_least() -> None:
    rates = [learning_rate(PAPER, LAST, epoch) for epoch in range(LAST.epochs)]
    assert rates[0] == 0.025
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(0.025 * (1 + math.cos(math.pi * 24 / 25)) / 2)
    assert rates[-1] > 0


def test_the_learning_rate_is_halfway_in_the_middle() -> None:
    config = SearchConfig(learning_rate=0.3, learning_rate_min=0.1)
    stage = StageConfig(epochs=10)
    assert learning_rate(config, stage, 5) == pytest.approx(0.2)


@example(6.9356705883670395, 0.375, (1, 0))
@given(
    st.floats(1e-6, 10),
    st.floats(0, 1),
    st.integers(1, 1000).flatmap(
        lambda epochs: st.tuples(st.just(epochs), st.integers(0, epochs - 1))
    ),
)
def test_the_learning_rate_stays_between_its_bounds(
    highest: float, share: float, place: tuple[int, int]
) -> None:
    config = SearchConfig(learning_rate=highest, learning_rate_min=highest * share)
    epochs, epoch = place
    rate = learning_rate(config, StageConfig(epochs=epochs, warmup_epochs=0), epoch)
    assert highest * share <= rate <= highest


def test_dropout_falls_linearly_while_weights_are_trained() -> None:
    rates = [dropout_rate(PAPER, LAST, epoch) for epoch in range(10)]
    assert rates == pytest.approx([0.7 * (25 - epoch - 1) / 25 for epoch in range(10)])


def test_dropout_starts_anew_with_the_architecture_epochs_and_decays() -> None:
    rates = [dropout_rate(PAPER, LAST, epoch) for epoch in range(10, 25)]
    assert rates[0] == 0.7
    assert rates == pytest.approx([0.7 * math.exp(-0.2 * since) for since in range(15)])


def test_the_decay_is_as_fast_as_configured() -> None:
    config = SearchConfig(dropout_scale_factor=1.0)
    assert dropout_rate(config, LAST, 11) == pytest.approx(0.7 / math.e)


def test_the_last_five_epochs_are_validated() -> None:
    assert [epoch for epoch in range(25) if is_validated(LAST, epoch)] == [20, 21, 22, 23, 24]


def test_every_epoch_of_a_short_stage_is_validated() -> None:
    stage = StageConfig(epochs=3, warmup_epochs=1)
    assert all(is_validated(stage, epoch) for epoch in range(3))
