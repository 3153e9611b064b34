"""How a training set is split in two, and in which order its images come."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pdarts_core.images.sampling import ShuffledBatches, split_by_class


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batches(count: int, batch_size: int, seed: int = 0) -> ShuffledBatches:
    return ShuffledBatches(100 + torch.arange(count), batch_size, generator(seed))


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(lambda sizes: max(sizes) > 1),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_the_parts_are_whole_and_hold_every_class(
    sizes: list[int], portion: float, seed: int
) -> None:
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    halves = split_by_class(labels, portion, generator(seed))
    assert sorted(torch.cat(halves).tolist()) == list(range(len(labels)))
    for label, size in enumerate(sizes):
        weights = int((labels[halves.weights] == label).sum())
        if size >= 2:
            assert 1 <= weights <= size - 1
            assert abs(weights - portion * size) <= 1
        else:
            assert weights == size


def test_a_class_sorted_set_and_a_mixed_one_are_split_alike() -> None:
    labels = torch.arange(4).repeat_interleave(10)
    mixed = labels[torch.randperm(40, generator=generator(1))]
    for ordered in (labels, mixed):
        halves = split_by_class(ordered, 0.5, generator())
        for half in halves:
            assert torch.bincount(ordered[half]).tolist() == [5] * 4


def test_the_split_is_shuffled_with_the_seed() -> None:
    labels = torch.zeros(100, dtype=torch.int64)
    one, same, other = (split_by_class(labels, 0.5, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one.weights, same.weights)
    assert set(one.weights.tolist()) != set(other.weights.tolist())
    assert one.weights.tolist() != list(range(50))


def test_nothing_to_train_alphas_with_is_refused() -> None:
    with pytest.raises(ValueError, match="two images"):
        split_by_class(torch.arange(5), 0.5, generator())


def test_a_pass_brings_every_image_once_and_leaves_out_what_fills_no_batch() -> None:
    order = batches(10, batch_size=3)
    assert order.batches_per_pass == 3
    drawn = torch.cat([order.next() for _ in range(3)]).tolist()
    assert len(set(drawn)) == 9
    assert set(drawn) <= set(range(100, 110))


def test_each_pass_has_a_new_order() -> None:
    order = batches(64, batch_size=64)
    first, second = order.next().tolist(), order.next().tolist()
    assert first != second
    assert sorted(first) == sorted(second)


def test_fewer_images_than_a_batch_make_one_smaller_batch() -> None:
    order = batches(5, batch_size=8)
    assert order.batches_per_pass == 1
    assert sorted(order.next().tolist()) == list(range(100, 105))


@given(st.integers(0, 12))
def test_the_stream_goes_on_from_any_place(taken: int) -> None:
    order = batches(10, batch_size=3)
    for _ in range(taken):
        order.next()
    place, state = order.place(), order._generator.get_state()
    expected = [order.next().tolist() for _ in range(7)]
    other = batches(10, batch_size=3, seed=9)
    other.go_to(*place)
    other._generator.set_state(state)
    assert [other.next().tolist() for _ in range(7)] == expected
