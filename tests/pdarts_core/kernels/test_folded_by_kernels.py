"""A folded norm with kernels of our own is the one in PyTorch."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from pdarts_core.mixed.by_kernels.norm import folded_by_kernels
from pdarts_core.mixed.folded import FoldedNorm
from pdarts_core.parallel.batch_share import BatchShare
from tests.support.kernels import DEVICE, FINEST, NUMBERS, Noise, Twin, assert_near, gradients

SHARES = pytest.mark.parametrize("summed", [True, False])
SHAPES = [(3, 5, 4), (1, 34, 40)]
"""Maps, O and C: several with few channels, and one with more than a block has."""


def make_inputs(
    shape: tuple[int, int, int], dtype: torch.dtype, images: int = 3
) -> tuple[list[Tensor], Tensor, Tensor]:
    """Maps, a 1×1 convolution for each, and shares."""
    noise = Noise(dtype)
    count, outs, ins = shape
    maps = [noise(images, ins, 4, 6) for _ in range(count)]
    last = [y.contiguous(memory_format=torch.channels_last).requires_grad_() for y in maps]
    return last, noise(count, outs, ins).requires_grad_(), noise(count).requires_grad_()


def make_norm(pointwise: Tensor, share: BatchShare | None = None) -> FoldedNorm:
    norm = FoldedNorm(*pointwise.shape[:2]).to(DEVICE, pointwise.dtype)
    norm.batch_share = share or norm.batch_share
    return norm


def told(
    norm: FoldedNorm,
    maps: Sequence[Tensor],
    pointwise: Tensor | None,
    shares: Tensor | None,
    *,
    own_kernels: bool,
) -> list[Tensor]:
    """Output, gradients and running statistics."""
    joined = torch.cat(tuple(maps), dim=1)
    if own_kernels:
        output = folded_by_kernels(joined, norm.of_batch(pointwise, shares))
    else:
        (output,) = norm([joined], pointwise, shares)
    inputs = [x for x in (*maps, pointwise, shares) if x is not None]
    return [output, *gradients([output], inputs), norm.running_mean, norm.running_var]


@NUMBERS
@SHARES
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_outputs_gradients_and_running_statistics_are_the_same(
    shape: tuple[int, int, int], dtype: torch.dtype, *, summed: bool
) -> None:
    maps, pointwise, all_shares = make_inputs(shape, dtype)
    shares = all_shares if summed else None

    found, expected = (
        told(make_norm(pointwise), maps, pointwise, shares, own_kernels=own)
        for own in (True, False)
    )

    assert_near(found, expected, dtype)


@pytest.mark.parametrize("convolved", [0, 2])
def test_maps_may_have_no_convolution(convolved: int) -> None:
    maps, pointwise, shares = make_inputs((3, 4, 4), FINEST)
    given = pointwise.detach()[:convolved].clone().requires_grad_() if convolved else None
    found, expected = (
        told(
            FoldedNorm(3, 4, unconvolved=3 - convolved).to(DEVICE, FINEST),
            maps,
            given,
            shares,
            own_kernels=own,
        )
        for own in (True, False)
    )
    assert_near(found, expected, FINEST)


def test_what_is_frozen_gets_no_gradient() -> None:
    maps, pointwise, shares = make_inputs((3, 5, 4), torch.float32)
    norm = make_norm(pointwise)

    joined = torch.cat([maps[0].detach(), *maps[1:]], dim=1)
    output = folded_by_kernels(joined, norm.of_batch(pointwise.detach(), shares))
    torch.autograd.backward(output.sum())

    assert maps[0].grad is None
    assert pointwise.grad is None
    assert shares.grad is not None


@SHARES
def test_processes_that_share_a_batch_normalise_all_of_it(*, summed: bool) -> None:
    maps, pointwise, all_shares = make_inputs((3, 5, 4), FINEST)
    shares = all_shares if summed else None
    share = BatchShare(Twin())
    share.divide(2 * len(maps[0]))

    half, whole = (
        told(make_norm(pointwise, share), maps, pointwise, shares, own_kernels=own)
        for own in (True, False)
    )

    assert_near(half, whole, FINEST)
