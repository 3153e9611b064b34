"""A bounded part of a data set holds every class in equal strength."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from worker.datasets.subset import balanced_subset

label_lists = st.lists(st.integers(0, 5), min_size=1, max_size=60)


@given(labels=label_lists, bound=st.integers(1, 70), seed=st.integers(0, 9))
def test_every_class_gives_its_share_or_all_it_has(
    labels: list[int], bound: int, seed: int
) -> None:
    array = np.array(labels)
    chosen = balanced_subset(array, bound, seed)
    assert len(chosen) == min(bound, len(labels))
    assert len(set(chosen.tolist())) == len(chosen)
    sizes = np.bincount(array, minlength=6)
    taken = np.bincount(array[chosen], minlength=6)
    bounded = taken[taken < sizes]
    if len(bounded):
        assert taken.max() - bounded.min() <= 1


@given(labels=label_lists, bound=st.integers(1, 70))
def test_a_seed_chooses_the_same_images_in_ascending_order(labels: list[int], bound: int) -> None:
    chosen = balanced_subset(np.array(labels), bound, 3)
    assert chosen.tolist() == sorted(chosen.tolist())
    assert chosen.tolist() == balanced_subset(np.array(labels), bound, 3).tolist()


def test_another_seed_chooses_others() -> None:
    labels = np.repeat(np.arange(10), 100)
    assert balanced_subset(labels, 50, 0).tolist() != balanced_subset(labels, 50, 1).tolist()


def test_no_bound_takes_all() -> None:
    assert balanced_subset(np.array([1, 0, 1]), None, 0).tolist() == [0, 1, 2]
