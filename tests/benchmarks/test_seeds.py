"""How far searches agree is held against chance."""

import random

import pytest

from benchmarks.seeds import agreement, compare, draw_cell, entries

SAME = [("skip_connect", 0), ("max_pool_3x3", 1)] * 4


def test_a_cell_agrees_with_itself_on_all_entries() -> None:
    assert agreement([entries(SAME), entries(SAME)]) == 8


def test_the_same_operation_from_another_node_is_another_entry() -> None:
    moved = [
        ("skip_connect", 0),
        ("max_pool_3x3", 1),
        *[("skip_connect", 1), ("sep_conv_3x3", 2)] * 3,
    ]
    assert agreement([entries(SAME), entries(moved)]) == 2


def test_cells_drawn_at_random_have_two_inputs_a_node() -> None:
    cell = draw_cell(random.Random(1))
    assert sorted(node for node, _, _ in cell) == [2, 2, 3, 3, 4, 4, 5, 5]


def test_two_cells_drawn_at_random_agree_as_often_as_can_be_reckoned() -> None:
    # An edge of a node with n is in both with (2/n)², and then has one of seven operations.
    expected = sum(n * (2 / n) ** 2 / 7 for n in (2, 3, 4, 5))
    chance = random.Random(1)
    pairs = [agreement([draw_cell(chance), draw_cell(chance)]) for _ in range(20_000)]
    assert sum(pairs) / len(pairs) == pytest.approx(expected, rel=0.03)


def test_searches_that_find_the_same_agree_more_than_draws() -> None:
    assert compare([entries(SAME)] * 3, draws=200).p == pytest.approx(1 / 201)


def test_searches_that_find_anything_agree_no_more_than_draws() -> None:
    chance = random.Random(5)
    assert compare([draw_cell(chance) for _ in range(5)], draws=200).p > 0.05
