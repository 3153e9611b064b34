"""The candidate operations: sizes, batch norm, and the dropout after skip-connects."""

import pytest
import torch
from torch import Tensor, nn

from pdarts_core.blocks.operation_modules import (
    POOLINGS,
    DepthwiseConvolution,
    FactorizedReduce,
    make_operation,
)
from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.space.operations import NONE, SEPARABLE_CONVOLUTIONS, SKIP_CONNECT
from tests.support.networks import make_images

CHANNELS = 4


def make_state(height: int = 8, width: int = 8) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(3, CHANNELS, height, width, generator=generator)


def norms_of(module: nn.Module) -> list[nn.BatchNorm2d]:
    return [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]


def make_dropout(rate: float, seed: int = 0) -> SkipDropout:
    return SkipDropout(rate, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(8, 8), (7, 8), (5, 3), (1, 1)])
@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_operation_keeps_size_with_stride_1_and_halves_it_upwards_with_2(
    name: str, size: tuple[int, int]
) -> None:
    state = make_state(*size)

    kept = make_operation(name, CHANNELS, 1, affine=False)(state)
    halved = make_operation(name, CHANNELS, 2, affine=False)(state)

    assert kept.shape == state.shape
    assert halved.shape == (3, CHANNELS, -(-size[0] // 2), -(-size[1] // 2))


@pytest.mark.parametrize("stride", [1, 2])
def test_none_is_zero(stride: int) -> None:
    assert not make_operation(NONE, CHANNELS, stride, affine=False)(make_state()).any()


def test_a_skip_connect_with_stride_1_changes_nothing() -> None:
    state = make_state()

    assert torch.equal(make_operation(SKIP_CONNECT, CHANNELS, 1, affine=False)(state), state)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", PRIMITIVES)
def test_batch_norm_of_a_search_has_nothing_to_train(name: str, stride: int) -> None:
    searched = make_operation(name, CHANNELS, stride, affine=False)
    discrete = make_operation(name, CHANNELS, stride, affine=True)

    assert not any(norm.affine for norm in norms_of(searched))
    assert all(norm.affine for norm in norms_of(discrete))


@pytest.mark.parametrize("name", POOLINGS)
def test_batch_norm_follows_a_pooling_only_in_a_search(name: str) -> None:
    assert len(norms_of(make_operation(name, CHANNELS, 1, affine=False))) == 1
    assert not norms_of(make_operation(name, CHANNELS, 1, affine=True))


def test_average_pooling_leaves_the_padding_out() -> None:
    pooled = make_operation("avg_pool_3x3", CHANNELS, 1, affine=True)(torch.ones(1, CHANNELS, 4, 4))

    assert torch.equal(pooled, torch.ones(1, CHANNELS, 4, 4))


@pytest.mark.parametrize(("name", "times"), [("sep_conv_5x5", 2), ("dil_conv_5x5", 1)])
def test_separable_convolutions_go_twice_and_dilated_ones_once(name: str, times: int) -> None:
    assert len(norms_of(make_operation(name, CHANNELS, 1, affine=False))) == times


def test_a_dilated_convolution_sees_every_other_pixel() -> None:
    operation = make_operation("dil_conv_3x3", CHANNELS, 1, affine=False).eval()
    pixel = torch.zeros(1, CHANNELS, 9, 9)
    pixel[..., 4, 4] = 1

    rows = operation(pixel).sum(1)[0].nonzero()[:, 0].unique()

    assert rows.tolist() == [2, 4, 6]


def test_a_reduction_uses_both_diagonals_of_pixels() -> None:
    reduction = FactorizedReduce(1, 2, affine=False).eval()
    with torch.no_grad():
        for convolution in (reduction.even, reduction.odd):
            convolution.weight.fill_(1)
        image = torch.arange(1.0, 17).view(1, 1, 4, 4)

        even, odd = reduction(image)[0]

    scale = 1 / (1 + reduction.norm.eps) ** 0.5
    assert torch.allclose(even, torch.tensor([[1.0, 3], [9, 11]]) * scale)
    assert torch.allclose(odd, torch.tensor([[6.0, 8], [14, 16]]) * scale)


def test_dropout_keeps_the_mean_and_drops_the_share() -> None:
    ones = torch.ones(64, 8, 16, 16)

    dropped = make_dropout(0.4)(ones)

    assert (dropped == 0).float().mean().item() == pytest.approx(0.4, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)
    assert torch.allclose(dropped[dropped > 0], torch.tensor(1 / 0.6), rtol=1e-4)


def test_dropout_is_exact_to_16_bits() -> None:
    ones = torch.ones(16, 8, 32, 32)
    tiny, rounded_away = 2.0**-16, 2.0**-18

    assert make_dropout(tiny)(ones).max() == 1 / (1 - tiny)
    assert torch.equal(make_dropout(rounded_away)(ones), ones)


def test_dropout_rests_outside_training() -> None:
    state = make_state()

    assert torch.equal(make_dropout(0.9).eval()(state), state)


def test_a_rate_of_0_draws_nothing() -> None:
    dropout = make_dropout(0.0, seed=5)

    dropout(make_state())

    assert dropout.generator is not None
    assert torch.equal(dropout.generator.get_state(), torch.Generator().manual_seed(5).get_state())


def test_the_rate_can_change() -> None:
    dropout = make_dropout(0.1)

    dropout.set_rate(0.75)

    assert (dropout(torch.ones(64, 8, 16, 16)) == 0).float().mean().item() == pytest.approx(
        0.75, abs=0.01
    )


def test_masks_do_not_depend_on_the_memory_format() -> None:
    state = make_state(5, 7)

    assert torch.equal(
        make_dropout(0.5)(state),
        make_dropout(0.5)(state.contiguous(memory_format=torch.channels_last)),
    )


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="dropout rate"):
        make_dropout(rate)


def test_dropout_is_no_part_of_a_networks_state() -> None:
    assert not make_dropout(0.5).state_dict()


def test_gradients_pass_where_elements_stay() -> None:
    images = make_images().requires_grad_()

    out = make_dropout(0.5)(images)
    out.sum().backward()

    assert images.grad is not None
    assert torch.equal(images.grad == 0, out == 0)


@pytest.mark.parametrize("size", [(8, 8), (7, 5), (1, 1)])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("name", SEPARABLE_CONVOLUTIONS)
def test_separable_convolutions_train_as_torchs_own(
    name: str, stride: int, size: tuple[int, int]
) -> None:
    operation = make_operation(name, CHANNELS, stride, affine=True)
    gradients = []
    for kind in (nn.Conv2d, DepthwiseConvolution):
        for layer in operation.modules():
            if isinstance(layer, DepthwiseConvolution | nn.Conv2d) and layer.groups > 1:
                layer.__class__ = kind
        operation.zero_grad()
        state = make_state(*size).requires_grad_()
        out = operation(state)
        torch.autograd.backward((out * torch.linspace(-1, 1, out.numel()).view_as(out)).sum())
        assert state.grad is not None
        gradients.append([out.detach(), state.grad, *(p.grad for p in operation.parameters())])

    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-4, atol=1e-4)
