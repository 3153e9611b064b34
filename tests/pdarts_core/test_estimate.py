"""What a search is said to need, against what networks were measured to keep."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.saved_tensors import saved_bytes
from pdarts_core.config import SearchConfig, StageConfig
from pdarts_core.estimates.device_costs import DeviceCost, StepCost
from pdarts_core.estimates.search_needs import (
    DatasetSize,
    batch_of,
    estimate_search,
    least_memory,
    smallest_part,
)
from pdarts_core.estimates.workload import Grid, SearchNetworkShape, network_workload
from pdarts_core.genotype import PRIMITIVES
from pdarts_core.search_network import SearchNetwork
from pdarts_core.space.cells import EDGES, KeptOperations

CLASSES = 3
TOLERANCE = 0.05
"""How far the counted bytes may be from the measured ones."""
COST_OF_A_SECOND = StepCost(cell=0, term=1.0, depthwise=0, dense=0, saved_byte=0)
CIFAR = DatasetSize(images=50_000, classes=10, grid=Grid(32, 32))


def switches(alive: int) -> st.SearchStrategy[KeptOperations]:
    """Any switches with so many operations alive on each edge."""
    names = st.lists(st.sampled_from(PRIMITIVES), min_size=alive, max_size=alive, unique=True)
    ordered = names.map(lambda chosen: [name for name in PRIMITIVES if name in chosen])
    return st.lists(ordered, min_size=len(EDGES), max_size=len(EDGES))


@st.composite
def shapes(draw: st.DrawFn) -> SearchNetworkShape:
    alive = draw(st.integers(2, len(PRIMITIVES)))
    return SearchNetworkShape(
        init_channels=draw(st.integers(2, 6)),
        num_classes=CLASSES,
        layers=draw(st.integers(3, 5)),
        kept_normal=draw(switches(alive)),
        kept_reduce=draw(switches(alive)),
        grid=Grid(draw(st.integers(8, 12)), draw(st.integers(8, 12))),
        has_dropout=draw(st.booleans()),
    )


def make_network(shape: SearchNetworkShape) -> SearchNetwork:
    network = SearchNetwork(
        init_channels=shape.init_channels,
        num_classes=shape.num_classes,
        layers=shape.layers,
        kept_normal=[list(names) for names in shape.kept_normal],
        kept_reduce=[list(names) for names in shape.kept_reduce],
        dropout_rate=0.3 if shape.has_dropout else 0.0,
    )
    for alphas in network.architecture_parameters():
        alphas.requires_grad = False
    return network


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(shape=shapes(), images=st.integers(4, 8))
def test_the_counted_bytes_are_those_that_a_weight_step_keeps(
    shape: SearchNetworkShape, images: int
) -> None:
    network = make_network(shape)
    pixels = torch.rand(images, 3, *shape.grid)
    labels = torch.zeros(images, dtype=torch.int64)
    measured = saved_bytes(
        lambda: torch.nn.functional.cross_entropy(network(pixels), labels), network
    )
    work = network_workload(shape)
    counted = images * work.saved_bytes + work.saved_once_bytes
    assert counted == pytest.approx(measured, rel=TOLERANCE)


@settings(max_examples=20, deadline=None)
@given(shape=shapes())
def test_the_counted_weights_are_those_of_the_network(shape: SearchNetworkShape) -> None:
    weights = make_network(shape).weight_parameters()
    assert network_workload(shape).parameters == sum(weight.numel() for weight in weights)


def memory(config: SearchConfig, dataset: DatasetSize = CIFAR) -> list[int]:
    return [stage.memory_bytes for stage in estimate_search(config, dataset, None)]


class TestMemory:
    def test_every_stage_has_its_estimate(self) -> None:
        estimates = estimate_search(SearchConfig(), CIFAR, None)
        assert [estimate.stage for estimate in estimates] == [1, 2, 3]

    def test_it_holds_the_images(self) -> None:
        fewer = DatasetSize(images=40_000, classes=10, grid=CIFAR.grid)
        saved = 10_000 * 3 * 32 * 32
        differences = [
            more - less
            for more, less in zip(
                memory(SearchConfig()), memory(SearchConfig(), fewer), strict=True
            )
        ]
        assert differences == [saved] * 3

    @pytest.mark.parametrize("change", [{"batch_size": 48}, {"init_channels": 8}], ids=str)
    def test_less_needs_less(self, change: dict[str, Any]) -> None:
        for less, more in zip(memory(SearchConfig(**change)), memory(SearchConfig()), strict=True):
            assert less < more

    def test_half_precision_needs_less(self) -> None:
        assert memory(SearchConfig(precision="bf16"))[0] < 0.7 * memory(SearchConfig())[0]

    def test_the_least_is_never_more_than_what_is_expected(self) -> None:
        config = SearchConfig()
        batch = batch_of(config, CIFAR)
        for stage, expected in enumerate(memory(config)):
            assert least_memory(config, stage, CIFAR, images_at_once=batch) < expected

    def test_a_batch_has_no_more_images_than_there_are(self) -> None:
        few = DatasetSize(images=40, classes=2, grid=Grid(8, 8))
        assert batch_of(SearchConfig(), few) == 20

    @pytest.mark.parametrize(
        ("batch", "halves", "part"), [(96, True, 3), (64, True, 2), (3, True, 3), (96, False, 96)]
    )
    def test_a_batch_is_halved_until_batch_norm_forbids(
        self, batch: int, halves: bool, part: int
    ) -> None:
        config = SearchConfig(batch_size=batch, halve_batches=halves)
        assert smallest_part(config, CIFAR) == part

    def test_fewer_images_than_a_batch_are_halved_less_often(self) -> None:
        few = DatasetSize(images=40, classes=2, grid=Grid(8, 8))
        assert smallest_part(SearchConfig(batch_size=96), few) == 3
        assert smallest_part(SearchConfig(batch_size=96, train_portion=0.9), few) == 18


class TestTime:
    stage = StageConfig(layers=3, num_to_keep=1, epochs=10, warmup_epochs=4)
    images = DatasetSize(images=400, classes=2, grid=Grid(8, 8))

    def seconds(self, **costs: StepCost) -> float:
        nothing = StepCost(cell=0, term=0, depthwise=0, dense=0, saved_byte=0)
        kinds = {"weights": nothing, "alphas": nothing, "validation": nothing} | costs
        config = SearchConfig(batch_size=50, stages=(self.stage,))
        cost = DeviceCost(device="a clock", is_shared=False, **kinds)
        (estimate,) = estimate_search(config, self.images, cost)
        assert estimate.seconds is not None
        return estimate.seconds

    def test_it_is_unknown_where_a_device_was_not_measured(self) -> None:
        assert {e.seconds for e in estimate_search(SearchConfig(), CIFAR, None)} == {None}

    def test_weights_are_trained_in_every_epoch_alphas_in_some_and_five_are_validated(self) -> None:
        weights, alphas, validation = (
            self.seconds(**{kind: COST_OF_A_SECOND}) for kind in ("weights", "alphas", "validation")
        )
        assert (alphas / weights, validation / weights) == (6 / 10, 5 / 10)

    def test_costs_add_up(self) -> None:
        cost = StepCost(cell=1, term=2, depthwise=3, dense=4, saved_byte=5)
        shape = SearchNetworkShape(
            init_channels=2,
            num_classes=2,
            layers=3,
            kept_normal=[["sep_conv_3x3"]] * 14,
            kept_reduce=[["max_pool_3x3"]] * 14,
            grid=Grid(8, 8),
        )
        work = network_workload(shape)
        once = 3 + 2 * work.terms
        an_image = 3 * work.depthwise + 4 * work.dense + 5 * work.saved_bytes
        assert cost.seconds(work, 7) == once + 7 * an_image
