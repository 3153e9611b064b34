"""A search cell with kernels of our own is the one in PyTorch."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from pdarts_core.blocks.skip_dropout import SkipDropout
from pdarts_core.kernels import launching
from pdarts_core.mixed.cell import SearchCell
from pdarts_core.parallel.batch_share import BatchShare
from pdarts_core.parallel.network import share_batches
from pdarts_core.space.cells import EDGES, KeptOperations
from pdarts_core.space.layout import CellLayout
from tests.support.kernels import DEVICE, FINEST, Noise, Twin, assert_near, gradients
from tests.support.networks import random_kept

CHANNELS = 2


def only(name: str) -> KeptOperations:
    return [[name] for _ in EDGES]


def make_cell(kept: KeptOperations, *, reduction: bool = False) -> SearchCell:
    layout = CellLayout(
        reduction=reduction,
        channels=CHANNELS,
        nodes_returned=4,
        in_channels=(3, 5),
        halve_first_input=False,
    )
    noise = Noise(FINEST)
    cell = SearchCell(layout, kept).to(DEVICE, FINEST)
    for parameter in cell.parameters():
        parameter.data = noise(*parameter.shape)
    return cell


def make_inputs(dtype: torch.dtype = FINEST) -> list[Tensor]:
    noise = Noise(dtype)
    images = [noise(3, channels, 7, 6) for channels in (3, 5)]
    last = [x.relu().contiguous(memory_format=torch.channels_last) for x in images]
    return [x.requires_grad_() for x in last]


def run(
    cell: SearchCell,
    inputs: Sequence[Tensor],
    *,
    own_kernels: bool,
    rate: float = 0.4,
    rectify: bool = True,
    share: BatchShare | None = None,
) -> tuple[Tensor, Tensor]:
    """The cell's output, and the shares that it was made with."""
    noise = Noise(inputs[0].dtype, seed=7)
    shares = noise(14, len(next(iter(cell.kept.values())))).requires_grad_()
    dropout = SkipDropout(rate, torch.Generator(DEVICE).manual_seed(0)).to(DEVICE, FINEST)
    if share is not None:
        dropout.batch_share = share
    cell.uses_kernels = own_kernels
    return cell(*inputs, cell.in_order(shares), dropout, rectify=rectify), shares


def told(
    kept: KeptOperations,
    *,
    own_kernels: bool,
    reduction: bool = False,
    rate: float = 0.4,
    rectify: bool = True,
    frozen: bool = False,
) -> dict[str, Tensor]:
    """Output, gradients and running statistics."""
    cell, inputs = make_cell(kept, reduction=reduction), make_inputs()
    if frozen:
        for parameter in cell.parameters():
            parameter.requires_grad = False
        inputs = [x.detach() for x in inputs]
    output, shares = run(cell, inputs, own_kernels=own_kernels, rate=rate, rectify=rectify)
    trained = {"shares": shares}
    if not frozen:
        trained |= {"before last": inputs[0], "last": inputs[1], **dict(cell.named_parameters())}
    found = gradients([output], list(trained.values()))
    return {"output": output} | dict(zip(trained, found, strict=True)) | dict(cell.named_buffers())


KEPT = {
    "some operations": random_kept(2, 1),
    "nothing": only("none"),
    "skip-connects": only("skip_connect"),
    "largest pixels": only("max_pool_3x3"),
    "averages": only("avg_pool_3x3"),
    "dilated convolutions": only("dil_conv_5x5"),
}
HALVED = ["some operations", "nothing", "skip-connects", "dilated convolutions"]
"""Those that are tried in a reduction cell, too."""


@pytest.mark.parametrize(
    ("name", "reduction"), [*((name, False) for name in KEPT), *((name, True) for name in HALVED)]
)
def test_output_gradients_and_statistics_are_the_same(name: str, *, reduction: bool) -> None:
    kept = KEPT[name]
    found, expected = (told(kept, own_kernels=own, reduction=reduction) for own in (True, False))
    assert_near(found, expected, FINEST)


@pytest.mark.slow
def test_the_output_may_stay_without_relu_and_skips_without_dropout() -> None:
    found, expected = (
        told(random_kept(2, 3), own_kernels=own, rate=0.0, rectify=False) for own in (True, False)
    )
    assert_near(found, expected, FINEST)


@pytest.mark.parametrize("kept", [random_kept(1, 3), only("skip_connect")], ids=["some", "skips"])
def test_shares_get_their_gradient_where_all_else_is_frozen(kept: KeptOperations) -> None:
    found, expected = (told(kept, own_kernels=own, frozen=True) for own in (True, False))
    assert_near(found, expected, FINEST)


def test_weights_get_their_gradient_where_shares_are_frozen() -> None:
    by_form = []
    for own_kernels in (True, False):
        cell, inputs = make_cell(random_kept(1, 3)), make_inputs()
        noise, cell.uses_kernels = Noise(FINEST, seed=7), own_kernels
        dropout = SkipDropout(0.4, torch.Generator(DEVICE).manual_seed(0)).to(DEVICE, FINEST)
        shares = cell.in_order(noise(14, 1))
        output = cell(*inputs, shares, dropout, rectify=True)
        by_form.append(gradients([output], [*inputs, *cell.parameters()]))
    found, expected = by_form
    assert_near(found, expected, FINEST)


@pytest.mark.parametrize("reduction", [False, True], ids=["normal", "reduction"])
def test_running_statistics_normalise_in_validation(*, reduction: bool) -> None:
    cell, inputs = make_cell(random_kept(3, 1), reduction=reduction).eval(), make_inputs()
    noise = Noise(FINEST, seed=5)
    for norm in cell.modules():
        for name, buffer in norm.named_buffers(recurse=False):
            if name.startswith("running"):
                buffer.copy_(noise(*buffer.shape).square() + 0.5)
    with torch.no_grad():
        found, expected = (run(cell, inputs, own_kernels=own, rate=0.0)[0] for own in (True, False))
    assert_near(found, expected, FINEST)


def test_gradients_by_running_statistics_are_those_of_pytorch() -> None:
    cell, inputs = make_cell(random_kept(2, 1)).eval(), make_inputs()
    found, expected = (
        gradients([run(cell, inputs, own_kernels=own, rate=0.0)[0]], inputs)
        for own in (True, False)
    )
    assert_near(found, expected, FINEST)


@pytest.mark.parametrize("reduction", [False, True], ids=["normal", "reduction"])
def test_both_forms_draw_dropout_with_the_same_calls(
    monkeypatch: pytest.MonkeyPatch, *, reduction: bool
) -> None:
    """A GPU's generator gives other numbers to several calls than to one for as many."""
    drawn: list[torch.Size] = []
    random = Tensor.random_

    def noted(words: Tensor, *given: int | None, generator: torch.Generator) -> Tensor:
        drawn.append(words.shape)
        return random(words, *given, generator=generator)

    monkeypatch.setattr(Tensor, "random_", noted)
    cell = make_cell(only("skip_connect"), reduction=reduction)
    for own_kernels in (True, False):
        run(cell, make_inputs(), own_kernels=own_kernels)
    by_kernels, in_pytorch = drawn
    assert by_kernels == in_pytorch


@pytest.mark.slow
def test_images_may_fill_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "INTERPRETED_PIXELS", 16)
    kept = [["skip_connect", "sep_conv_3x3"] for _ in EDGES]
    found, expected = (told(kept, own_kernels=own) for own in (True, False))
    assert_near(found, expected, FINEST)


def test_autocast_computes_maps_in_its_own_numbers() -> None:
    kept = random_kept(1, 3)
    cell, inputs = make_cell(kept).float(), make_inputs(torch.float32)
    exact, _ = run(cell, inputs, own_kernels=False, rate=0.0)
    with torch.autocast(DEVICE.type, torch.bfloat16):
        found, shares = run(cell, inputs, own_kernels=True, rate=0.0)
    assert found.dtype == torch.bfloat16
    assert (found.float() - exact).norm() < 0.05 * exact.norm()
    of_all = gradients([found], [*inputs, shares, *cell.parameters()])
    assert all(gradient.isfinite().all() for gradient in of_all)


def test_processes_that_share_a_batch_normalise_all_of_it() -> None:
    by_form = []
    for own_kernels in (True, False):
        cell, inputs, share = make_cell(random_kept(1, 3)), make_inputs(), BatchShare(Twin())
        share.divide(2 * len(inputs[0]))
        holder = nn.ModuleList([cell])
        share_batches(holder, share)
        output, shares = run(cell, inputs, own_kernels=own_kernels, share=share)
        of_all = gradients([output], [*inputs, shares, *cell.parameters()])
        by_form.append([output, *of_all, *cell.buffers()])
    found, expected = by_form
    assert_near(found, expected, FINEST)
