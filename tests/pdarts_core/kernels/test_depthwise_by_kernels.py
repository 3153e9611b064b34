"""A depthwise fan with kernels of our own is ReLU and PyTorch's convolutions."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.kernels import launching
from pdarts_core.kernels.depthwise_fan import KINDS
from pdarts_core.space.operations import SEPARABLE_CONVOLUTIONS
from tests.support.fans import Kernels, fan_of, rectified_each
from tests.support.kernels import NUMBERS, Noise, assert_near, gradients

COUNTS = [(2, 1, 1, 5), (0, 2, 0, 1)]
"""Kernels of each kind; 5 are more than a program takes at once."""


def make_kernels(counts: Sequence[int], channels: int, noise: Noise) -> Kernels:
    return {
        (width, dilation): noise(count, channels, 1, width, width).requires_grad_()
        for count, (width, dilation) in zip(counts, KINDS, strict=False)
        if count
    }


def images(noise: Noise, *shape: int) -> Tensor:
    return noise(*shape).contiguous(memory_format=torch.channels_last).requires_grad_()


def convolved(x: Tensor, kernel: Tensor, stride: int, dilation: int) -> Tensor:
    padding = dilation * (kernel.shape[-1] // 2)
    rectified = functional.relu(x)
    return functional.conv2d(rectified, kernel, None, stride, padding, dilation, len(kernel))


def torch_fan(x: Tensor, kernels: Kernels, stride: int, *, dilated: bool) -> Tensor:
    maps = [
        convolved(x, kernel, stride, dilation)
        for (_, dilation), several in kernels.items()
        if (dilation > 1) == dilated
        for kernel in several
    ]
    return torch.cat(maps, dim=1) if maps else x.new_empty(0)


def test_the_kinds_are_those_of_the_search_space() -> None:
    shapes = SEPARABLE_CONVOLUTIONS.values()
    assert [(shape.kernel, shape.dilation) for shape in shapes] == list(KINDS)
    assert [shape.passes == 2 for shape in shapes] == [dilation == 1 for _, dilation in KINDS]


@NUMBERS
@pytest.mark.parametrize("counts", COUNTS, ids=str)
@pytest.mark.parametrize(("size", "stride"), [((7, 6), 1), ((7, 6), 2), ((1, 4), 2)], ids=str)
def test_outputs_and_gradients_are_those_of_relu_and_convolutions(
    size: tuple[int, int], counts: Sequence[int], stride: int, dtype: torch.dtype
) -> None:
    noise = Noise(dtype)
    x, kernels = images(noise, 2, 3, *size), make_kernels(counts, 3, noise)

    found = [y for y in fan_of(x, kernels, stride=stride) if y.numel()]
    expected = [torch_fan(x, kernels, stride, dilated=dilated) for dilated in (False, True)]

    inputs = [x, *kernels.values()]
    assert_near(found, expected, dtype)
    assert_near(gradients(found, inputs), gradients(expected, inputs), dtype)


POOLINGS = {"max": ("max_poolings", 2), "average": ("average_poolings", 1)}
"""How often each is asked for."""


def torch_pooling(x: Tensor, name: str, stride: int) -> Tensor:
    if name == "max":
        return functional.max_pool2d(x, 3, stride, padding=1)
    return functional.avg_pool2d(x, 3, stride, padding=1, count_include_pad=False)


@NUMBERS
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("names", [["max"], ["average"], ["max", "average"]], ids="".join)
@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (1, 0, 0, 0)], ids=str)
def test_poolings_see_what_is_not_rectified(
    counts: Sequence[int], names: Sequence[str], stride: int, dtype: torch.dtype
) -> None:
    noise = Noise(dtype)
    x, kernels = images(noise, 2, 3, 7, 6), make_kernels(counts, 3, noise)
    asked = dict(POOLINGS[name] for name in names)

    maps = fan_of(x, kernels, stride=stride, **asked)
    found = [y for y in maps if y.numel()]
    each = [torch_pooling(x, name, stride) for name in names for _ in range(POOLINGS[name][1])]
    pooled = torch.cat(each, dim=1)
    expected = [*([torch_fan(x, kernels, stride, dilated=False)] if kernels else []), pooled]

    inputs = [x, *kernels.values()]
    assert_near(found, expected, dtype)
    assert_near(gradients(found, inputs), gradients(expected, inputs), dtype)


def test_the_first_of_equal_pixels_is_the_largest_as_in_pytorch() -> None:
    x = torch.zeros(1, 2, 5, 4, requires_grad=True)
    _, found = fan_of(x, {}, stride=1, max_poolings=1)
    expected = torch_pooling(x, "max", 1)
    assert_near(gradients([found], [x]), gradients([expected], [x]), torch.float32)


def test_numbers_that_are_none_are_not_hidden() -> None:
    x = torch.full((1, 2, 5, 4), torch.nan)
    kernels = make_kernels((1, 0, 0, 0), 2, Noise(torch.float32))
    maps = fan_of(x, kernels, stride=1, max_poolings=1, average_poolings=1)
    assert [y.shape[1] for y in maps] == [2, 4]
    assert all(y.isnan().all() for y in maps)


@NUMBERS
@pytest.mark.parametrize("counts", [(2, 1), (0, 2)], ids=str)
def test_maps_have_kernels_of_their_own_in_the_second_pass(
    counts: Sequence[int], dtype: torch.dtype
) -> None:
    noise = Noise(dtype)
    kernels = make_kernels(counts, 3, noise)
    maps = images(noise, 2, 3 * sum(counts), 5, 6)

    found = rectified_each(maps, kernels)
    each = [kernel for several in kernels.values() for kernel in several]
    parts = torch.split(maps, 3, dim=1)
    expected = torch.cat([convolved(*pair, 1, 1) for pair in zip(parts, each, strict=True)], dim=1)

    inputs = [maps, *kernels.values()]
    assert_near(found, expected, dtype)
    assert_near(gradients([found], inputs), gradients([expected], inputs), dtype)


def test_images_and_channels_may_fill_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "INTERPRETED_PIXELS", 16)
    noise = Noise(torch.float32)
    x, kernels = images(noise, 3, 17, 5, 4), make_kernels((1, 0, 1, 0), 17, noise)

    found = fan_of(x, kernels, stride=1)
    expected = [torch_fan(x, kernels, 1, dilated=dilated) for dilated in (False, True)]

    inputs = [x, *kernels.values()]
    assert_near(list(found), expected, torch.float32)
    assert_near(gradients(found, inputs), gradients(expected, inputs), torch.float32)


def test_many_pixels_are_summed_in_parts() -> None:
    noise = Noise(torch.float32)
    x, kernels = images(noise, 2, 1, 32, 33), make_kernels((1, 0, 0, 0), 1, noise)

    found, _ = fan_of(x, kernels, stride=1)

    inputs = list(kernels.values())
    expected = torch_fan(x, kernels, 1, dilated=False)
    torch.testing.assert_close(
        gradients([found], inputs), gradients([expected], inputs), rtol=1e-4, atol=1e-3
    )


def test_frozen_kernels_get_no_gradient_and_those_of_others_stay() -> None:
    noise = Noise(torch.float32)
    x, kernels = images(noise, 2, 3, 5, 4), make_kernels((1, 1, 1, 1), 3, noise)
    frozen = {kind: kernel.detach() for kind, kernel in kernels.items()}

    (with_all, *_), (with_frozen,) = (
        gradients(fan_of(x, given, stride=1), [x, *trained])
        for given, trained in ((kernels, kernels.values()), (frozen, []))
    )

    torch.testing.assert_close(with_frozen, with_all)


def test_autocast_computes_in_its_own_numbers() -> None:
    noise = Noise(torch.float32)
    x, kernels = images(noise, 2, 3, 5, 4), make_kernels((1, 0, 0, 1), 3, noise)

    with torch.autocast(x.device.type, torch.bfloat16):
        found = fan_of(x, kernels, stride=1)
    expected = [torch_fan(x, kernels, 1, dilated=dilated) for dilated in (False, True)]

    assert {y.dtype for y in found} == {torch.bfloat16}
    for y, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(y.float(), exact, rtol=1e-2, atol=1e-2)
    assert all(g.isfinite().all() for g in gradients(found, [x, *kernels.values()]))
