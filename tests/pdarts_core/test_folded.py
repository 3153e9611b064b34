"""Folded batch norm is the 1×1 convolution, the batch norm and the sum that it replaces."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.blocks import joining
from pdarts_core.mixed.batch_statistics import EPSILON, MOMENTUM
from pdarts_core.mixed.folded import FoldedNorm, folded_batch

MAPS, IN_CHANNELS, OUT_CHANNELS = 3, 4, 5
SHARES = pytest.mark.parametrize("summed", [True, False])


def make_inputs() -> tuple[list[Tensor], Tensor, Tensor]:
    """Maps, a 1×1 convolution for each, and shares."""
    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()

    maps = [noise(3, IN_CHANNELS, 4, 6) for _ in range(MAPS)]
    return maps, noise(MAPS, OUT_CHANNELS, IN_CHANNELS), noise(MAPS)


def convolved(maps: Sequence[Tensor], pointwise: Tensor) -> list[Tensor]:
    return [functional.conv2d(y, p[..., None, None]) for y, p in zip(maps, pointwise, strict=True)]


def straightforward(
    maps: Sequence[Tensor], pointwise: Tensor, shares: Tensor | None
) -> list[Tensor]:
    normed = [
        functional.batch_norm(z, None, None, training=True, eps=EPSILON)
        for z in convolved(maps, pointwise)
    ]
    if shares is None:
        return normed
    return [torch.stack([s * z for s, z in zip(shares, normed, strict=True)]).sum(0)]


def gradients(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    grads = [torch.randn(y.shape, dtype=y.dtype, generator=generator) for y in outputs]
    return list(torch.autograd.grad(outputs, inputs, grads))


@SHARES
def test_outputs_and_gradients_are_those_of_convolution_norm_and_sum(*, summed: bool) -> None:
    maps, pointwise, all_shares = make_inputs()
    shares = all_shares if summed else None
    inputs = [*maps, pointwise, *([all_shares] if summed else [])]

    outputs, _ = folded_batch(maps, pointwise, shares)
    expected = straightforward(maps, pointwise, shares)

    torch.testing.assert_close(list(outputs), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        gradients(outputs, inputs), gradients(expected, inputs), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("copied", [True, False])
@SHARES
def test_maps_may_lie_side_by_side(
    *, summed: bool, copied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not copied:
        monkeypatch.setattr(joining, "MOST_JOINED_BYTES", 0)
    maps, pointwise, all_shares = make_inputs()
    shares = all_shares if summed else None
    inputs = [*maps, pointwise, *([all_shares] if summed else [])]

    outputs, statistics = folded_batch([torch.cat(maps[:2], dim=1), maps[2]], pointwise, shares)
    apart, expected = folded_batch(maps, pointwise, shares)

    assert [y.shape[1] for y in outputs] == ([5] if summed else [10, 5])
    output, same = torch.cat(outputs, dim=1), torch.cat(apart, dim=1)
    torch.testing.assert_close(output, same, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        gradients([output], inputs), gradients([same], inputs), rtol=0, atol=1e-12
    )
    torch.testing.assert_close(vars(statistics), vars(expected), rtol=0, atol=1e-12)


@SHARES
def test_running_statistics_serve_maps_side_by_side(*, summed: bool) -> None:
    maps, pointwise, all_shares = make_inputs()
    shares = all_shares if summed else None
    norm = FoldedNorm(MAPS, OUT_CHANNELS).double().eval()

    outputs = norm([torch.cat(maps[:2], dim=1), maps[2]], pointwise, shares)
    apart = norm(maps, pointwise, shares)

    torch.testing.assert_close(torch.cat(outputs, dim=1), torch.cat(apart, dim=1))


@SHARES
def test_channels_last_changes_nothing(*, summed: bool) -> None:
    maps, pointwise, all_shares = make_inputs()
    shares = all_shares if summed else None
    last = [y.detach().contiguous(memory_format=torch.channels_last) for y in maps]

    outputs, _ = folded_batch(maps, pointwise, shares)
    same, _ = folded_batch(last, pointwise, shares)

    torch.testing.assert_close(same, outputs, rtol=0, atol=1e-12)


def test_only_maps_that_need_a_gradient_get_one() -> None:
    (first, *others), pointwise, shares = make_inputs()

    (output,), _ = folded_batch([first.detach(), *others], pointwise, shares)
    torch.autograd.backward(output.sum())

    assert first.grad is None
    assert all(y.grad is not None for y in others)


def test_running_statistics_move_as_batch_norms_do() -> None:
    maps, pointwise, shares = make_inputs()
    norm = FoldedNorm(MAPS, OUT_CHANNELS).double()
    plain = [torch.nn.BatchNorm2d(OUT_CHANNELS, EPSILON, MOMENTUM).double() for _ in maps]

    for _ in range(2):
        norm(maps, pointwise, shares)
        for each, z in zip(plain, convolved(maps, pointwise), strict=True):
            each(z)

    for unit, each in enumerate(plain):
        expected = {"n.running_mean": each.running_mean, "n.running_var": each.running_var}
        torch.testing.assert_close(dict(norm.tensors_of(unit, "n")), expected)


@SHARES
def test_running_statistics_normalise_outside_training(*, summed: bool) -> None:
    maps, pointwise, all_shares = make_inputs()
    shares = all_shares if summed else None
    norm = FoldedNorm(MAPS, OUT_CHANNELS).double().eval()
    torch.nn.init.uniform_(norm.running_mean)
    torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    before = {name: tensor.clone() for name, tensor in norm.state_dict().items()}

    outputs = norm(maps, pointwise, shares)

    normed = [
        functional.batch_norm(z, mean, var, eps=EPSILON)
        for z, mean, var in zip(
            convolved(maps, pointwise), norm.running_mean, norm.running_var, strict=True
        )
    ]
    if summed:
        normed = [torch.stack([s * z for s, z in zip(all_shares, normed, strict=True)]).sum(0)]
    torch.testing.assert_close(list(outputs), normed)
    torch.testing.assert_close(norm.state_dict(), before)


def test_float32_stays_near_where_means_are_large() -> None:
    maps, pointwise, shares = make_inputs()
    shifted = [y.detach() + 30 for y in maps]

    (expected,) = straightforward(shifted, pointwise, shares)
    (output,), _ = folded_batch([y.float() for y in shifted], pointwise.float(), shares.float())

    torch.testing.assert_close(output.double(), expected, rtol=0, atol=2e-2)
