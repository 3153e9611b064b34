"""Published weights fit, compute the published figures, and nothing else is taken for them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from pdarts_core.genotype import from_dict
from pdarts_core.interop import PublishedWeightsError, load_published_weights, published_tensors
from pdarts_core.mixed.plain import PlainSearchNetwork
from pdarts_core.mixed.skeleton import SearchSkeleton
from pdarts_core.network import Network
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.layout import Stem
from tests.support.genotypes import RELEASED, RELEASED_PARAMETERS
from tests.support.networks import published_images, published_weights

PUBLISHED = json.loads((Path(__file__).parent / "conformance" / "networks.json").read_text())
TRAINED = json.loads((Path(__file__).parent / "conformance" / "evaluation.json").read_text())[
    "training"
]
SEARCH, DISCRETE = PUBLISHED["search"], PUBLISHED["networks"]
CLOSELY: dict[str, Any] = {"rtol": 0.0, "atol": 1e-9}
FORMS = pytest.mark.parametrize("form", [PlainSearchNetwork, SearchNetwork])


def make_search(form: type[SearchSkeleton], case: dict[str, Any]) -> SearchSkeleton:
    return form(
        init_channels=case["channels"],
        num_classes=case["num_classes"],
        layers=case["layers"],
        kept_normal=case["kept_normal"],
        kept_reduce=case["kept_reduce"],
    ).double()


def make_discrete(case: dict[str, Any]) -> Network:
    return Network(
        from_dict(case["genotype"]),
        init_channels=case["channels"],
        num_classes=case["num_classes"],
        layers=case["layers"],
        stem=case["kind"],
    ).double()


def images_of(case: dict[str, Any]) -> Tensor:
    return published_images(case["batch"], case["size"], case["input_seed"])


def figures(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def count(parameters: Any) -> int:
    return sum(p.numel() for p in parameters)


@FORMS
@pytest.mark.parametrize("case", SEARCH)
def test_search_networks_compute_the_published_figures(
    form: type[SearchSkeleton], case: dict[str, Any]
) -> None:
    network = make_search(form, case)
    load_published_weights(network, published_weights(case["state_dict"]))

    logits = network(images_of(case))
    loss = functional.cross_entropy(logits, torch.tensor(case["targets"]))
    torch.autograd.backward(loss)

    torch.testing.assert_close(logits.detach(), figures(case["logits"]), **CLOSELY)
    torch.testing.assert_close(loss.detach(), figures(case["loss"]), **CLOSELY)
    for kind, alphas in zip(("normal", "reduce"), network.architecture_parameters(), strict=True):
        torch.testing.assert_close(alphas.grad, figures(case[f"grad_alphas_{kind}"]), **CLOSELY)
    gradients = [p.grad for p in network.weight_parameters() if p.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    torch.testing.assert_close(norm, figures(case["grad_norm_weights"]), **CLOSELY)
    assert count(network.parameters()) == case["params"]
    assert count(network.weight_parameters()) == case["weights"]


@pytest.mark.parametrize("case", DISCRETE)
def test_discrete_networks_compute_the_published_figures(case: dict[str, Any]) -> None:
    network = make_discrete(case)
    load_published_weights(network, published_weights(case["state_dict"]))

    in_eval, _ = network.eval()(images_of(case))
    in_training, auxiliary = network.train()(images_of(case))

    torch.testing.assert_close(in_eval, figures(case["logits_eval"]), **CLOSELY)
    torch.testing.assert_close(in_training, figures(case["logits_train"]), **CLOSELY)
    torch.testing.assert_close(auxiliary, figures(case["aux_train"]), **CLOSELY)
    assert count(network.parameters()) == case["params_total"]
    assert network.auxiliary_head is not None
    without_head = case["params_total"] - count(network.auxiliary_head.parameters())
    assert without_head == case["params_no_aux"]


@pytest.mark.parametrize("case", TRAINED, ids=lambda case: case["kind"])
def test_discrete_networks_have_exactly_the_published_names(case: dict[str, Any]) -> None:
    shapes = {k: list(v.shape) for k, v in published_tensors(make_discrete(case)).items()}

    assert shapes == {
        k: v for k, v in case["state_dict"].items() if not k.endswith("num_batches_tracked")
    }


@pytest.mark.parametrize(
    ("stem", "channels", "layers", "classes"),
    [("cifar", 36, 20, 10), ("imagenet", 48, 14, 1000)],
)
def test_the_released_genotypes_networks_are_as_large_as_published(
    stem: Stem, channels: int, layers: int, classes: int
) -> None:
    network = Network(
        RELEASED,
        init_channels=channels,
        num_classes=classes,
        layers=layers,
        auxiliary=False,
        stem=stem,
    )

    assert count(network.parameters()) == RELEASED_PARAMETERS[stem]


@FORMS
def test_search_networks_have_exactly_the_published_names(form: type[SearchSkeleton]) -> None:
    case = SEARCH[0]

    shapes = {k: list(v.shape) for k, v in published_tensors(make_search(form, case)).items()}

    assert shapes == {
        k: v for k, v in case["state_dict"].items() if not k.endswith("num_batches_tracked")
    }


def change_missing(weights: dict[str, Tensor]) -> None:
    del weights["cells.4.cell_ops.13.m_ops.7.op.2.weight"]


def change_unknown(weights: dict[str, Tensor]) -> None:
    weights["cells.5.preprocess0.op.1.weight"] = torch.zeros(1)


def change_shape(weights: dict[str, Tensor]) -> None:
    weights["alphas_normal"] = torch.zeros(14, 5)


@FORMS
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_missing, r"missing tensors \(1\): cells\.4\.cell_ops\.13\.m_ops\.7\.op\.2\.weight"),
        (change_unknown, r"unknown tensors \(1\): cells\.5\.preprocess0\.op\.1\.weight"),
        (change_shape, r"wrong shape \(1\): alphas_normal \[14, 5\], expected \[14, 8\]"),
    ],
)
def test_weights_that_do_not_fit_are_named_and_nothing_is_loaded(
    form: type[SearchSkeleton], change: Callable[[dict[str, Tensor]], None], message: str
) -> None:
    network = make_search(form, SEARCH[0])
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    weights = published_weights(SEARCH[0]["state_dict"])
    change(weights)

    with pytest.raises(PublishedWeightsError, match=message):
        load_published_weights(network, weights)

    torch.testing.assert_close(network.state_dict(), before, rtol=0, atol=0)


def test_an_error_names_a_few_of_many() -> None:
    with pytest.raises(
        PublishedWeightsError, match=r"^missing tensors \(\d+\): stem\.0.* and \d+ more$"
    ):
        load_published_weights(make_discrete(DISCRETE[0]), {})


def test_counters_of_batches_may_be_absent() -> None:
    case = DISCRETE[0]
    shapes = {k: v for k, v in case["state_dict"].items() if not k.endswith("num_batches_tracked")}

    load_published_weights(make_discrete(case), published_weights(shapes))
