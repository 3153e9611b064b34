"""A search network with kernels of our own is the one in PyTorch."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.kernels.choice import use_kernels
from pdarts_core.search_network import SearchNetwork
from tests.support.kernels import DEVICE
from tests.support.networks import make_images, make_search_network, random_kept

NEAR: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-10}
if DEVICE.type == "cuda":
    NEAR = {"rtol": 1e-2, "atol": 1e-3}


def step(*, own_kernels: bool) -> dict[str, Tensor]:
    """Take forward and backward pass; return logits, gradients and running statistics."""
    kept = random_kept(1, 1), random_kept(1, 2)
    network = make_search_network(SearchNetwork, *kept, dropout_rate=0.4)
    dtype = torch.float64
    if DEVICE.type == "cuda":
        network, dtype = network.float().to(DEVICE), torch.float32
        network.dropout.generator = torch.Generator(DEVICE).manual_seed(0)
    use_kernels(network, wanted=own_kernels)
    logits: Tensor = network(make_images(3, (9, 7), dtype=dtype).to(DEVICE))
    torch.autograd.backward(functional.cross_entropy(logits, torch.arange(3, device=DEVICE)))
    found = {
        f"gradient of {n}": p.grad for n, p in network.named_parameters() if p.grad is not None
    }
    return {"logits": logits.detach()} | found | dict(network.named_buffers())


def test_a_step_is_the_same() -> None:
    torch.testing.assert_close(step(own_kernels=True), step(own_kernels=False), **NEAR)
