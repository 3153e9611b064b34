"""Kernels of our own serve on CUDA alone, and all of a network uses them or none."""

import pytest
import torch

from pdarts_core.kernels.choice import UsesKernels, kernels_serve, use_kernels
from pdarts_core.search_network import SearchNetwork
from tests.support.networks import make_search_network, random_kept


def test_a_cpu_computes_in_pytorch() -> None:
    assert not kernels_serve(torch.device("cpu"))


def test_a_gpu_uses_them_where_triton_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels_serve(torch.device("cuda"))
    monkeypatch.setattr("pdarts_core.kernels.choice.find_spec", lambda _: None)
    assert not kernels_serve(torch.device("cuda"))


def test_all_parts_of_a_network_follow() -> None:
    network = make_search_network(SearchNetwork, random_kept(8, 0), random_kept(8, 1))
    parts = [module for module in network.modules() if isinstance(module, UsesKernels)]
    assert parts
    assert not any(part.uses_kernels for part in parts)
    use_kernels(network, wanted=True)
    assert all(part.uses_kernels for part in parts)
