"""Kernels of our own that are wrong on a device are found out before they train anything."""

import pytest
import torch
from torch import Tensor

from pdarts_core.kernels.choice import use_kernels, uses_kernels
from pdarts_core.kernels.launching import KernelFailed
from pdarts_core.kernels.pixel_affine import affine_maps_gradient
from pdarts_core.mixed.by_kernels import norm
from pdarts_core.space.cells import EDGES, CellPair
from pdarts_core.training.cuda_graphs import Recordable
from pdarts_core.training.kernel_trial import refuse_wrong_kernels
from tests.pdarts_core.kernels.test_fallback import make_stage, states_of


def try_kernels() -> None:
    """Try those of a stage; the stage must be afterwards as it was before."""
    # Interpreted, convolutions take their time.
    kept = [["avg_pool_3x3"] for _ in EDGES]
    stage = make_stage(CellPair(normal=kept, reduce=kept))
    use_kernels(stage.network, wanted=True)
    before = states_of(stage)
    half = stage._weights
    try:
        refuse_wrong_kernels(
            {"weights": Recordable(half.step, half.order.sample())},
            stage._drawn_from(),
            "float32",
        )
    finally:
        assert all(map(torch.equal, states_of(stage), before))
        assert uses_kernels(stage.network)


@pytest.mark.slow
def test_kernels_that_compute_what_pytorch_does_are_used() -> None:
    try_kernels()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(1.2, id="by a fifth"),
        pytest.param(float("nan"), id="nan", marks=pytest.mark.slow),
    ],
)
def test_kernels_that_compute_something_else_are_refused(
    monkeypatch: pytest.MonkeyPatch, wrong: float
) -> None:
    def wrong_gradient(*given: Tensor) -> None:
        affine_maps_gradient(*given)
        given[-1].mul_(wrong)

    monkeypatch.setattr(norm, "affine_maps_gradient", wrong_gradient)
    with pytest.raises(KernelFailed, match=r"the gradient of the weights is .* away"):
        try_kernels()
