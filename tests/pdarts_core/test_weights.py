"""Weights are read back from all of their forms, and nothing else is taken for them."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from safetensors import safe_open
from torch import Tensor

from pdarts_core.export import (
    WeightsSwell,
    WeightsUnreadable,
    WeightsUnsafe,
    load_weights,
    read_weights,
    save_weights,
)
from pdarts_core.export.inspection import WeightsNotFinite, WeightsNotFloat, inspect_weights
from pdarts_core.genotype import from_dict
from pdarts_core.interop import PublishedWeightsError
from pdarts_core.network import Network
from tests.support.evaluations import GENOTYPE
from tests.support.networks import make_images, published_weights

TRAINED = json.loads((Path(__file__).parent / "conformance" / "evaluation.json").read_text())[
    "training"
]


def make_network(seed: int = 0, *, auxiliary: bool = True, num_classes: int = 3) -> Network:
    network = Network(
        GENOTYPE,
        init_channels=2,
        num_classes=num_classes,
        layers=3,
        auxiliary=auxiliary,
        generator=torch.Generator().manual_seed(seed),
    )
    # Statistics of batch norm that are not those of a new network.
    network(make_images(4, dtype=torch.float32))
    return network


def written(value: Any, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def same(network: Network, other: Network, *, but: str = "no name") -> bool:
    pairs = zip(network.state_dict().items(), other.state_dict().values(), strict=True)
    kept = ((a, b) for (name, a), b in pairs if not name.startswith(but) and "tracked" not in name)
    return all(torch.equal(a, b) for a, b in kept)


@pytest.mark.parametrize("layout", ["project", "published"])
@pytest.mark.parametrize("form", ["safetensors", "torch"])
def test_weights_are_read_back(form: Any, layout: Any) -> None:
    network, other = make_network(0), make_network(1)

    load_weights(other, save_weights(network.state_dict(), form=form, layout=layout))

    assert same(network, other)


@pytest.mark.parametrize("case", TRAINED, ids=lambda case: case["kind"])
def test_published_names_are_those_that_published_code_looks_for(case: dict[str, Any]) -> None:
    network = Network(
        from_dict(case["genotype"]),
        init_channels=case["channels"],
        num_classes=case["num_classes"],
        layers=case["layers"],
        stem=case["kind"],
    )

    saved = safetensors.torch.load(save_weights(network.state_dict(), layout="published"))

    assert {name: list(tensor.shape) for name, tensor in saved.items()} == case["state_dict"]
    published = published_weights(case["state_dict"])
    load_weights(network, written(published))
    first = published["classifier.weight"].float()
    assert torch.equal(network.classifier.weight, first)


def test_what_is_said_beside_the_weights_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    file.write_bytes(save_weights(make_network().state_dict(), metadata={"classes": "cat, dog"}))

    with safe_open(file, "pt") as opened:
        assert opened.metadata() == {"classes": "cat, dog"}


def in_parallel(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"module.{name}": tensor for name, tensor in weights.items()}


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "before 1.6"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda weights: {"epoch": 600, "state_dict": weights, "optimizer": {"lr": 0.1}},
        lambda weights: {"model": in_parallel(weights)},
        lambda weights: {"model": {"state_dict": weights}},
        in_parallel,
    ],
    ids=["state_dict", "model, parallel", "nested", "parallel"],
)
def test_other_programs_files_are_read(
    wrap: Callable[[dict[str, Tensor]], Any], *, legacy: bool
) -> None:
    network, other = make_network(0), make_network(1)

    load_weights(other, written(wrap(network.state_dict()), legacy=legacy))

    assert same(network, other)


class TestAuxiliaryHead:
    def without(self, weights: dict[str, Tensor], *names: str) -> bytes:
        return save_weights({k: v for k, v in weights.items() if not k.startswith(names)})

    def test_weights_without_one_leave_the_networks(self) -> None:
        network, other = make_network(0), make_network(1)
        assert other.auxiliary_head is not None
        before = other.auxiliary_head.classifier.weight.clone()

        load_weights(other, self.without(network.state_dict(), "auxiliary_head"))

        assert same(network, other, but="auxiliary_head")
        assert torch.equal(other.auxiliary_head.classifier.weight, before)

    def test_one_that_lacks_a_batch_norm_is_left_out_whole(self) -> None:
        network, other = make_network(0), make_network(1)
        assert other.auxiliary_head is not None
        before = other.auxiliary_head.classifier.weight.clone()

        load_weights(other, self.without(network.state_dict(), "auxiliary_head.features.6"))

        assert same(network, other, but="auxiliary_head")
        assert torch.equal(other.auxiliary_head.classifier.weight, before)

    def test_a_network_without_one_takes_the_others(self) -> None:
        network, other = make_network(0), make_network(1, auxiliary=False)

        load_weights(other, save_weights(network.state_dict()))

        assert torch.equal(network.classifier.weight, other.classifier.weight)


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda w: w.pop("classifier.bias"), r"missing tensors \(1\): classifier\.bias"),
            (lambda w: w.update(more=torch.zeros(1)), r"unknown tensors \(1\): more"),
            (
                lambda w: w.update({"classifier.bias": torch.zeros(4)}),
                r"wrong shape \(1\): classifier\.bias \[4\], expected \[3\]",
            ),
        ],
    )
    def test_weights_that_do_not_fit_are_named_and_nothing_is_loaded(
        self, change: Callable[[dict[str, Tensor]], Any], message: str
    ) -> None:
        network, untouched = make_network(1), make_network(1)
        weights = make_network(0).state_dict()
        change(weights)

        with pytest.raises(PublishedWeightsError, match=message):
            load_weights(network, save_weights(weights))

        assert same(network, untouched)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"not weights",
            b"PK\x03\x04 torn",
            b"\x80\x02 torn",
            written([torch.zeros(1)]),
            written({}),
            written({"weights": "of lead"}),
            written({"w": torch.zeros(2).to_sparse()}, legacy=True),
            save_weights({"w": torch.zeros(100)})[:200],
        ],
    )
    def test_what_is_no_file_of_weights_is_refused(self, data: bytes) -> None:
        with pytest.raises(WeightsUnreadable):
            read_weights(data)

    @pytest.mark.parametrize("legacy", [False, True])
    def test_code_in_a_file_is_not_run(self, tmp_path: Path, *, legacy: bool) -> None:
        target = tmp_path / "touched"

        class Payload:
            def __reduce__(self) -> tuple[Any, ...]:
                return Path.touch, (target,)

        files = [written({"w": Payload()}, legacy=legacy), pickle.dumps({"w": Payload()}, 2)]
        for data in files:
            with pytest.raises(WeightsUnsafe, match="asks for"):
                read_weights(data)

        assert not target.exists()

    def test_an_archive_that_inflates_is_not_unpacked(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/data.pkl", bytes(2**20))

        with pytest.raises(WeightsSwell):
            read_weights(buffer.getvalue())

    @pytest.mark.parametrize("legacy", [False, True])
    def test_a_number_that_claims_to_be_many_is_refused(self, *, legacy: bool) -> None:
        claims = torch.zeros(1).expand(2**20)

        with pytest.raises(WeightsSwell):
            read_weights(written({"w": claims}, legacy=legacy))


def test_what_was_saved_on_a_gpu_is_read_without_one() -> None:
    saved = io.BytesIO(written({"w": torch.ones(2)}))
    moved = io.BytesIO()
    with zipfile.ZipFile(saved) as before, zipfile.ZipFile(moved, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith("data.pkl"):
                content = content.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0")
                assert b"cuda:0" in content
            after.writestr(name, content)

    assert torch.equal(read_weights(moved.getvalue())["w"], torch.ones(2))


class TestInspection:
    @pytest.mark.parametrize("form", ["safetensors", "torch"])
    def test_it_tells_names_and_shapes(self, form: Any) -> None:
        network = make_network()

        found = inspect_weights(save_weights(network.state_dict(), form=form))

        assert found.form == form
        assert found.shapes == {
            name: tuple(tensor.shape)
            for name, tensor in network.state_dict().items()
            if "tracked" not in name
        }

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_numbers_that_are_not_finite_are_named(self, value: float) -> None:
        weights = make_network().state_dict()
        weights["classifier.bias"][1] = value

        with pytest.raises(WeightsNotFinite, match=r"classifier\.bias$"):
            inspect_weights(save_weights(weights))

    def test_whole_numbers_are_named(self) -> None:
        weights = make_network().state_dict()
        weights["classifier.bias"] = weights["classifier.bias"].int()

        with pytest.raises(WeightsNotFloat, match=r"classifier\.bias$"):
            inspect_weights(save_weights(weights))

    def test_fewer_bits_are_numbers_too(self) -> None:
        weights = {name: t.bfloat16() for name, t in make_network().state_dict().items()}

        assert "classifier.bias" in inspect_weights(save_weights(weights)).shapes
