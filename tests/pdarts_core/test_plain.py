"""The straightforward search network: what every form of it promises."""

import pytest
import torch
from torch.nn import functional

from pdarts_core.mixed.plain import PlainSearchNetwork
from pdarts_core.mixed.skeleton import SearchSkeleton
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import EDGES, KeptOperations, all_operations
from tests.support.networks import make_images, make_search_network, random_kept

FORMS = pytest.mark.parametrize("form", [PlainSearchNetwork, SearchNetwork])


def make_network(
    form: type[SearchSkeleton], generator: torch.Generator | None = None, **changes: KeptOperations
) -> SearchSkeleton:
    kept = {"kept_normal": all_operations(), "kept_reduce": all_operations()} | changes
    return form(
        init_channels=2,
        num_classes=3,
        layers=3,
        kept_normal=kept["kept_normal"],
        kept_reduce=kept["kept_reduce"],
        generator=generator,
    )


@FORMS
@pytest.mark.parametrize("size", [(8, 8), (9, 11)])
def test_images_of_any_size_become_logits(
    form: type[SearchSkeleton], size: tuple[int, int]
) -> None:
    images = make_images(5, size, dtype=torch.float32)

    assert make_network(form)(images).shape == (5, 3)


@FORMS
def test_alphas_have_a_row_an_edge_and_start_near_0(form: type[SearchSkeleton]) -> None:
    network = make_network(form, torch.Generator().manual_seed(0))

    normal, reduce = network.architecture_parameters()

    assert normal is network.alphas_normal
    assert reduce is network.alphas_reduce
    for alphas in (normal, reduce):
        assert alphas.shape == (len(EDGES), 8)
        assert alphas.std().item() == pytest.approx(1e-3, rel=0.2)


@FORMS
def test_weights_are_all_parameters_but_the_alphas(form: type[SearchSkeleton]) -> None:
    network = make_network(form)

    every = network.architecture_parameters() + network.weight_parameters()

    assert {id(p) for p in every} == {id(p) for p in network.parameters()}
    assert len(every) == len(list(network.parameters()))


@FORMS
def test_a_generator_decides_weights_and_alphas(form: type[SearchSkeleton]) -> None:
    first, same, other = (
        make_network(form, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )

    for a, b, c in zip(first.parameters(), same.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert a.std() == 0 or not torch.equal(a, c)


@FORMS
def test_a_given_generator_leaves_torchs_own_alone(form: type[SearchSkeleton]) -> None:
    before = torch.get_rng_state()

    make_network(form, torch.Generator().manual_seed(1))

    assert torch.equal(torch.get_rng_state(), before)


@FORMS
def test_without_a_generator_torchs_own_decides(form: type[SearchSkeleton]) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        first = make_network(form)
        second = make_network(form)
        torch.manual_seed(3)
        third = make_network(form)

    assert torch.equal(first.alphas_normal, third.alphas_normal)
    assert not torch.equal(first.alphas_normal, second.alphas_normal)


@FORMS
def test_dropout_applies_to_skip_connects_while_training(form: type[SearchSkeleton]) -> None:
    kept = [["skip_connect", "sep_conv_3x3"] for _ in EDGES]
    images = make_images()
    network = make_search_network(form, kept, kept, dropout_rate=0.5)

    assert not torch.equal(network(images), network(images))
    network.set_dropout_rate(0)
    assert torch.equal(network(images), network(images))
    network.set_dropout_rate(0.5)
    network.eval()
    assert torch.equal(network(images), network(images))


@FORMS
def test_dropout_spares_skip_connects_that_reduce(form: type[SearchSkeleton]) -> None:
    skips = [["skip_connect"] if edge.source < 2 else ["none"] for edge in EDGES]
    kept = [["sep_conv_3x3"] for _ in EDGES]
    images = make_images()
    network = make_search_network(form, kept, skips, dropout_rate=0.5)

    assert torch.equal(network(images), network(images))


@FORMS
def test_a_softmax_weighs_the_operations_of_an_edge(form: type[SearchSkeleton]) -> None:
    images = make_images()
    network = make_search_network(form, random_kept(3, 1), random_kept(3, 2))
    before = network(images)

    with torch.no_grad():
        for alphas in network.architecture_parameters():
            alphas.add_(5)

    assert torch.allclose(network(images), before, rtol=0, atol=1e-9)


@FORMS
def test_an_edge_is_what_is_chosen_when_one_alpha_is_overwhelming(
    form: type[SearchSkeleton],
) -> None:
    images = make_images()
    chosen = [["sep_conv_3x3"] for _ in EDGES]
    mixed = [["none", "sep_conv_3x3"] for _ in EDGES]
    single = make_search_network(form, chosen, chosen)
    network = make_search_network(form, mixed, mixed)
    for alphas in network.architecture_parameters():
        alphas.data = torch.tensor([-1e3, 1e3], dtype=alphas.dtype).repeat(len(EDGES), 1)

    assert torch.allclose(network(images), single(images), rtol=0, atol=1e-9)


@FORMS
@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (all_operations()[:13], "14 edges, not 13"),
        ([*all_operations()[:13], ["none"]], r"kept_normal\[13\]: every edge must have 8"),
        ([["sep_conv_3x3", "none"]] * 14, r"kept_normal\[0\]: expected operations in the order"),
        ([["conv_7x1"]] * 14, r"kept_normal\[0\]: expected operations"),
        ([[]] * 14, r"kept_normal\[0\]: expected operations"),
    ],
)
def test_switches_that_make_no_cell_are_refused(
    form: type[SearchSkeleton], kept: KeptOperations, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_network(form, kept_normal=kept)


@FORMS
def test_a_step_lowers_the_loss(form: type[SearchSkeleton]) -> None:
    images, labels = make_images(8), torch.arange(8) % 3
    network = make_search_network(form, random_kept(3, 1), random_kept(3, 2))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    losses = []

    for _ in range(10):
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(images), labels)
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())

    assert losses[-1] < losses[0] / 2
