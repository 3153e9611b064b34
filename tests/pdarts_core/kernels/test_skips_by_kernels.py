"""Skip-connects with a kernel of our own are dropout, shares and a sum."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.kernels import launching
from pdarts_core.parallel.batch_share import BatchShare
from tests.support.fans import add_skips
from tests.support.kernels import DEVICE, NUMBERS, Noise, assert_near, gradients


def make_inputs(states: int, dtype: torch.dtype) -> tuple[Tensor, list[Tensor], Tensor]:
    """The other summands, states and shares."""
    noise = Noise(dtype)
    images = [noise(3, 5, 4, 3).requires_grad_() for _ in range(states + 1)]
    return images[0], images[1:], noise(states).requires_grad_()


def make_dropout(rate: float, dtype: torch.dtype) -> SkipDropout:
    return SkipDropout(rate, torch.Generator(DEVICE).manual_seed(0)).to(DEVICE, dtype)


def one_by_one(
    base: Tensor | None, states: Sequence[Tensor], shares: Tensor, dropout: SkipDropout
) -> Tensor:
    summands = [share * dropout(x) for share, x in zip(shares, states, strict=True)]
    return torch.stack(summands if base is None else [base, *summands]).sum(0)


@NUMBERS
@pytest.mark.parametrize("rate", [0.0, 0.4])
@pytest.mark.parametrize("states", [1, 5])
@pytest.mark.parametrize("alone", [False, True])
def test_sum_and_gradients_are_the_same_for_the_same_bits(
    states: int, rate: float, dtype: torch.dtype, *, alone: bool
) -> None:
    base, images, shares = make_inputs(states, dtype)
    inputs = [*images, shares, *([] if alone else [base])]
    found, expected = (
        form(None if alone else base, images, shares, make_dropout(rate, dtype))
        for form in (add_skips, one_by_one)
    )
    assert_near(found, expected, dtype)
    assert_near(gradients([found], inputs), gradients([expected], inputs), dtype)


def test_elements_may_fill_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "INTERPRETED_PIXELS", 64)
    test_sum_and_gradients_are_the_same_for_the_same_bits(2, 0.4, torch.float32, alone=False)


def test_frozen_shares_get_no_gradient() -> None:
    base, images, shares = make_inputs(2, torch.float32)
    output = add_skips(base, images, shares.detach(), make_dropout(0.4, torch.float32))
    torch.autograd.backward(output.sum())
    assert shares.grad is None
    assert all(image.grad is not None for image in images)


class Second:
    """The second of two processes."""

    rank = 1
    size = 2

    def add_up(self, tensor: Tensor) -> None:
        raise AssertionError(f"nothing to add up: {tensor}")


def test_a_process_takes_its_part_of_what_is_drawn_for_the_batch() -> None:
    _, images, shares = make_inputs(2, torch.float32)
    whole = add_skips(None, images, shares, make_dropout(0.4, torch.float32))
    dropout = make_dropout(0.4, torch.float32)
    dropout.batch_share = BatchShare(Second())
    own = dropout.batch_share.divide(3)
    part = add_skips(None, [image[own] for image in images], shares, dropout)
    assert_near(part, whole[own], torch.float32)
