"""Depthwise fans are torch's convolutions, and so are their gradients."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.blocks import joining
from pdarts_core.blocks.depthwise import depthwise_fan

SHAPES = list(itertools.product((3, 5), (1, 2), (1, 2)))
SIZES = [(8, 8), (7, 9), (4, 5), (2, 1), (1, 1)]
CHANNELS, OUTPUTS = 3, 3


@pytest.fixture(params=[True, False], ids=["joined", "one by one"])
def joined(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether all kernels are computed at once: a CPU does both, by the size of the images."""
    if not request.param:
        monkeypatch.setattr(joining, "MOST_JOINED_BYTES", 0)
    return bool(request.param)


def make_inputs(size: tuple[int, int], kernel: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, CHANNELS, *size, dtype=torch.float64, generator=generator)
    weights = torch.randn(
        OUTPUTS, CHANNELS, 1, kernel, kernel, dtype=torch.float64, generator=generator
    )
    x = x.contiguous(memory_format=torch.channels_last)
    return x.requires_grad_(), weights.requires_grad_()


def torch_fan(x: Tensor, weights: Tensor, stride: int, dilation: int) -> Tensor:
    padding = dilation * (weights.shape[-1] // 2)
    outputs = [
        functional.conv2d(x, weight, None, stride, padding, dilation, CHANNELS)
        for weight in weights
    ]
    return torch.cat(outputs, dim=1)


def gradients(output: Tensor, inputs: tuple[Tensor, Tensor]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    grad = torch.randn(output.shape, dtype=output.dtype, generator=generator)
    return list(torch.autograd.grad(output, inputs, grad))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kernel", "stride", "dilation"), SHAPES)
def test_outputs_and_gradients_are_torchs(
    kernel: int, stride: int, dilation: int, size: tuple[int, int], *, joined: bool
) -> None:
    inputs = make_inputs(size, kernel)

    outputs = depthwise_fan(*inputs, stride=stride, dilation=dilation)
    expected = torch_fan(*inputs, stride, dilation)

    assert len(outputs) == (1 if joined else OUTPUTS)
    output = torch.cat(outputs, dim=1)
    torch.testing.assert_close(output, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        gradients(output, inputs), gradients(expected, inputs), rtol=0, atol=1e-12
    )


def test_frozen_weights_get_no_gradient() -> None:
    x, weights = make_inputs((8, 8), 5)

    outputs = depthwise_fan(x, weights.detach(), stride=1, dilation=1)
    torch.autograd.backward([y.sum() for y in outputs])

    assert x.grad is not None
    assert weights.grad is None


def test_autocast_computes_in_its_own_numbers() -> None:
    x, weights = make_inputs((8, 8), 3)

    with torch.autocast("cpu", torch.bfloat16):
        outputs = list(depthwise_fan(x.float(), weights.float(), stride=1, dilation=1))
    torch.autograd.backward([y.float().sum() for y in outputs])

    assert {y.dtype for y in outputs} == {torch.bfloat16}
    assert weights.grad is not None
    assert weights.grad.isfinite().all()
