"""The search network is the straightforward one's function, to the last training step."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.blocks import joining
from pdarts_core.mixed.plain import PlainSearchNetwork
from pdarts_core.mixed.skeleton import SearchSkeleton
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import EDGES, KeptOperations, all_operations
from tests.support.networks import make_images, make_search_network, random_kept
from tests.support.selection import is_everything_wanted

STEPS = 3 if is_everything_wanted() else 2
EXACTLY: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-10}
"""Of float64: sums over all pixels at once round otherwise than image by image. Of gradients near
0.4, one was seen to differ by 1.04e-10 after two steps."""


def only(operation: str, on: int) -> KeptOperations:
    """One operation on one edge, and `none` on all others."""
    return [[operation if number == on else "none"] for number in range(len(EDGES))]


LAYERS = (5, 11, 17) if is_everything_wanted() else (4, 5, 6)
"""Of the stages; four are enough for both reduction cells and normal ones on both sides of them."""
# Layers, size of the images, switches and dropout; sizes leave enough pixels in the last cells
# for batch norm to be well-conditioned.
CASES = {
    "first stage": (LAYERS[0], (8, 8), all_operations(), all_operations(), 0.0),
    "second stage": (LAYERS[1], (16, 16), random_kept(5, 1), random_kept(5, 2), 0.4),
    "third stage": (LAYERS[2], (16, 16), random_kept(3, 3), random_kept(3, 4), 0.7),
    "dropout in the first stage": (3, (8, 8), all_operations(), all_operations(), 0.3),
    "odd sizes": (3, (11, 9), all_operations(), all_operations(), 0.3),
    "two operations": (4, (8, 8), random_kept(2, 5), random_kept(2, 6), 0.5),
    "one operation": (4, (8, 8), random_kept(1, 7), random_kept(1, 8), 0.5),
    "one separable edge": (3, (8, 8), only("sep_conv_5x5", 1), random_kept(1, 9), 0.0),
    "one dilated edge": (3, (8, 8), random_kept(1, 10), only("dil_conv_3x3", 3), 0.0),
    "one skip-connect": (3, (8, 8), only("skip_connect", 0), only("skip_connect", 12), 0.5),
    "one pooling": (3, (8, 8), only("max_pool_3x3", 13), only("avg_pool_3x3", 2), 0.0),
    "nothing": (3, (8, 8), [["none"]] * 14, [["none"]] * 14, 0.0),
    "none and skip-connects": (3, (8, 8), [["none", "skip_connect"]] * 14, all_operations(), 0.5),
}


def make_pair(name: str) -> tuple[PlainSearchNetwork, SearchNetwork]:
    layers, _, kept_normal, kept_reduce, dropout_rate = CASES[name]
    sizes: dict[str, Any] = {"layers": layers, "dropout_rate": dropout_rate}
    plain = make_search_network(PlainSearchNetwork, kept_normal, kept_reduce, **sizes)
    return plain, make_search_network(SearchNetwork, kept_normal, kept_reduce, **sizes)


def per_edge(network: SearchSkeleton) -> dict[str, Tensor]:
    """Weights, statistics and alphas in the per-edge layout."""
    alphas = zip(("alphas_normal", "alphas_reduce"), network.architecture_parameters(), strict=True)
    return {name: t.detach().clone() for name, t in (*network.per_edge_tensors(), *alphas)}


def per_edge_gradients(network: SearchSkeleton) -> dict[str, Tensor]:
    """Gradients in the per-edge layout; where there is none, zeros."""
    holder = copy.deepcopy(network)
    with torch.no_grad():
        for tensor in holder.state_dict().values():
            tensor.zero_()
        for held, parameter in zip(holder.parameters(), network.parameters(), strict=True):
            if parameter.grad is not None:
                held.copy_(parameter.grad)
    return per_edge(holder)


LARGE = ("odd sizes", "second stage", "dropout in the first stage", "none and skip-connects")


class Training:
    """Both optimizers of a search, on everything at once."""

    def __init__(self, network: SearchSkeleton) -> None:
        self.network = network
        self.optimizers: list[torch.optim.Optimizer] = [
            torch.optim.SGD(network.weight_parameters(), lr=0.025, momentum=0.9, weight_decay=3e-4),
            torch.optim.Adam(
                network.architecture_parameters(), lr=6e-4, betas=(0.5, 0.999), weight_decay=1e-3
            ),
        ]

    def step(self, images: Tensor) -> Tensor:
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        logits: Tensor = self.network(images)
        labels = torch.arange(len(images)) % logits.shape[1]
        torch.autograd.backward(functional.cross_entropy(logits, labels))
        for optimizer in self.optimizers:
            optimizer.step()
        return logits.detach()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in CASES],
)
def test_outputs_gradients_statistics_and_steps_are_those_of_the_plain_network(name: str) -> None:
    _, size, *_ = CASES[name]
    plain, fast = make_pair(name)
    trainings = [Training(plain), Training(fast)]

    for step in range(STEPS):
        expected, logits = (
            training.step(make_images(4, size, seed=step)) for training in trainings
        )
        torch.testing.assert_close(logits, expected, **EXACTLY)
        torch.testing.assert_close(per_edge_gradients(fast), per_edge_gradients(plain), **EXACTLY)
        torch.testing.assert_close(per_edge(fast), per_edge(plain), **EXACTLY)


@pytest.mark.parametrize("name", ["dropout in the first stage", "two operations"])
def test_large_maps_on_a_cpu_are_computed_one_by_one_with_the_same_result(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, size, *_ = CASES[name]
    _, together = make_pair(name)
    expected = Training(together).step(make_images(4, size))

    monkeypatch.setattr(joining, "MOST_JOINED_BYTES", 0)
    _, one_by_one = make_pair(name)
    logits = Training(one_by_one).step(make_images(4, size))

    torch.testing.assert_close(logits, expected, **EXACTLY)
    torch.testing.assert_close(
        per_edge_gradients(one_by_one), per_edge_gradients(together), **EXACTLY
    )


@pytest.mark.parametrize("name", CASES)
@pytest.mark.sampled
def test_running_statistics_serve_like_the_plain_networks(name: str) -> None:
    _, size, *_ = CASES[name]
    images = make_images(4, size)
    plain, fast = make_pair(name)
    for network in (plain, fast):
        network(images)
        network.eval()

    torch.testing.assert_close(fast(images), plain(images), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.sampled
def test_the_same_seed_begins_with_the_same_weights(name: str) -> None:
    plain, fast = make_pair(name)

    torch.testing.assert_close(per_edge(fast), per_edge(plain), rtol=0, atol=0)
    assert sum(p.numel() for p in fast.parameters()) == sum(p.numel() for p in plain.parameters())


def test_a_pair_that_differs_is_told_apart() -> None:
    plain, fast = make_pair("first stage")
    with torch.no_grad():
        fast.alphas_normal[13, 7] += 1e-6

    difference = (fast(make_images()) - plain(make_images())).abs().max()

    assert difference > 100 * EXACTLY["atol"]


@pytest.mark.parametrize("trained", ["weights", "alphas"])
def test_what_is_frozen_changes_nothing_in_the_others_gradients(trained: str) -> None:
    _, network = make_pair("dropout in the first stage")
    whole, half = network, copy.deepcopy(network)
    groups = {"weights": half.weight_parameters(), "alphas": half.architecture_parameters()}
    for name, parameters in groups.items():
        for parameter in parameters:
            parameter.requires_grad_(name == trained)

    for form in (whole, half):
        form.dropout.generator = torch.Generator().manual_seed(1)
        form(make_images()).square().sum().backward()

    for mine, its in zip(half.parameters(), whole.parameters(), strict=True):
        if mine.requires_grad:
            torch.testing.assert_close(mine.grad, its.grad)
        else:
            assert mine.grad is None


def test_a_state_dict_brings_a_network_back() -> None:
    _, trained = make_pair("second stage")
    _, other = make_pair("second stage")
    training = Training(trained)
    training.step(make_images(size=(16, 16)))

    other.load_state_dict(trained.state_dict())

    trained.eval(), other.eval()
    images = make_images(size=(16, 16), seed=1)
    assert torch.equal(other(images), trained(images))


def test_float32_is_as_exact_as_float32_allows() -> None:
    plain, fast = make_pair("first stage")
    images = make_images(8, (16, 16))
    expected = plain(images)

    logits = fast.float()(images.float())

    torch.testing.assert_close(logits.double(), expected, rtol=0, atol=1e-4)


def test_bf16_autocast_trains_it() -> None:
    plain, fast = make_pair("dropout in the first stage")
    images = make_images(8, (16, 16), dtype=torch.float32)
    expected = plain(images.double())

    with torch.autocast("cpu", torch.bfloat16):
        logits = fast.float()(images)
    logits.float().sum().backward()

    torch.testing.assert_close(logits.double(), expected, rtol=0, atol=0.5)
    assert all(p.grad is not None and p.grad.isfinite().all() for p in fast.parameters())


def saved_bytes(network: SearchSkeleton, images: Tensor) -> int:
    """Memory that the forward pass keeps for the backward pass, weights not counted."""
    own = {t.untyped_storage().data_ptr() for t in network.state_dict().values()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        # What is saved must stay while the rest is counted, or addresses come again.
        loss = network(images).sum()
    total = sum(size for address, size in kept.items() if address not in own)
    del loss
    return total


@pytest.mark.parametrize("name", ["first stage", "second stage", "third stage"])
def test_it_saves_much_less_for_the_backward_pass(name: str) -> None:
    images = make_images(4, (16, 16))
    plain, fast = make_pair(name)

    assert saved_bytes(fast, images) < 0.5 * saved_bytes(plain, images)


class Calls(torch.utils._python_dispatch.TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operator calls, and those that wait for the device."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.all = 0
        self.waiting: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.all += 1
        if func in {torch.ops.aten._local_scalar_dense.default, torch.ops.aten.nonzero.default}:
            self.waiting.append(str(func))
        return func(*args, **(kwargs or {}))


def test_no_step_waits_for_the_device() -> None:
    _, network = make_pair("dropout in the first stage")

    with Calls() as calls:
        network(make_images()).sum().backward()

    assert calls.all > 100
    assert not calls.waiting


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("name", ["first stage", "second stage", "third stage", "odd sizes"])
def test_on_cuda_it_is_the_same_function(name: str) -> None:
    _, size, *_ = CASES[name]
    images = make_images(4, size)
    networks = [network.cuda() for network in make_pair(name)]
    for network in networks:
        network.dropout.generator = torch.Generator("cuda").manual_seed(1)

    expected, logits = (network(images.cuda()) for network in networks)
    for out in (expected, logits):
        out.square().sum().backward()

    plain, fast = networks
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-9)
    torch.testing.assert_close(
        per_edge_gradients(fast), per_edge_gradients(plain), rtol=0, atol=1e-8
    )
    torch.testing.assert_close(per_edge(fast), per_edge(plain), **EXACTLY)


@pytest.mark.parametrize("form", [PlainSearchNetwork, SearchNetwork])
def test_channels_may_come_last_in_memory(form: type[SearchSkeleton]) -> None:
    network, moved = (
        make_search_network(form, all_operations(), all_operations()) for _ in range(2)
    )
    images = make_images()

    inside = torch.nn.Sequential(moved)
    inside.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    assert {k: v.shape for k, v in moved.state_dict().items()} == {
        k: v.shape for k, v in network.state_dict().items()
    }
    logits = inside(images.to(memory_format=torch.channels_last))
    torch.testing.assert_close(logits, network(images), rtol=0.0, atol=1e-10)
    torch.autograd.backward(logits.sum())
    assert all(p.grad is not None for p in moved.parameters())
