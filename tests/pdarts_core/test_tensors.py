"""What a network's tensors are called and how large they are is known without torch."""

from typing import Any

import pytest

from pdarts_core.genotype import Genotype
from pdarts_core.mixed.skeleton import weights_and_statistics
from pdarts_core.network import Network
from pdarts_core.space.cells import CONCAT
from pdarts_core.space.operations import NONE, OPERATIONS
from pdarts_core.tensors.layout import LayoutUnknown, Recognised, recognise
from pdarts_core.tensors.names import project_name, published_name
from pdarts_core.tensors.shapes import Shape, network_tensors

_NAMES = [name for name in OPERATIONS if name != NONE]
_ENTRIES = [(_NAMES[number % len(_NAMES)], number % 3 and number // 4) for number in range(8)]
EVERY_OPERATION = Genotype(_ENTRIES, list(CONCAT), [*reversed(_ENTRIES)], [2, 3, 5])
SMALL: dict[str, Any] = {"init_channels": 4, "num_classes": 7, "layers": 5}


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
@pytest.mark.parametrize("auxiliary", [False, True])
def test_they_are_those_of_the_network(stem: Any, *, auxiliary: bool) -> None:
    shape = SMALL | {"stem": stem, "auxiliary": auxiliary}
    built = weights_and_statistics(Network(EVERY_OPERATION, **shape))

    told = network_tensors(EVERY_OPERATION, **shape)

    assert told == {name: tuple(tensor.shape) for name, tensor in built}


def tensors(**changes: Any) -> dict[str, Shape]:
    return network_tensors(
        EVERY_OPERATION, **(SMALL | {"stem": "cifar", "auxiliary": True} | changes)
    )


class TestRecognise:
    @pytest.mark.parametrize("stem", ["cifar", "imagenet"])
    @pytest.mark.parametrize("auxiliary", [False, True])
    @pytest.mark.parametrize("layout", ["project", "published"])
    @pytest.mark.parametrize("prefix", ["", "module."])
    def test_names_and_shapes_tell_the_network(
        self, layout: Any, stem: Any, prefix: str, *, auxiliary: bool
    ) -> None:
        found = tensors(stem=stem, auxiliary=auxiliary)
        if layout == "published":
            found = {published_name(name): shape for name, shape in found.items()}
        found = {f"{prefix}{name}": shape for name, shape in found.items()}
        found[f"{prefix}stem.1.num_batches_tracked"] = ()

        assert recognise(found) == Recognised(
            layout=layout, stem=stem, auxiliary=auxiliary, **SMALL
        )

    def test_names_that_are_no_networks_are_named(self) -> None:
        found = tensors() | {f"conv{number}.weight": (1,) for number in range(7)}
        total = len(found)

        with pytest.raises(LayoutUnknown) as refused:
            recognise(found)

        assert str(refused.value).startswith(
            f"no network of P-DARTS, DARTS or this project has 7 of these {total} names: "
        )
        assert str(refused.value).endswith(
            "conv0.weight, conv1.weight, conv2.weight, conv3.weight, conv4.weight and 2 more"
        )

    def test_a_mixture_of_both_namings_is_none(self) -> None:
        found = tensors()
        name = "cells.0.entries.0.layers.1.weight"
        found = {published_name(n) if "preprocess" in n else n: s for n, s in found.items()}

        with pytest.raises(LayoutUnknown, match="preprocess0"):
            recognise(found | {name: (4, 1, 3, 3)})

    @pytest.mark.parametrize(
        ("gone", "named"),
        [("classifier.", "classifier.weight"), ("stem.", "stem.0.weight"), ("cells.", "the cells")],
    )
    def test_what_lacks_a_part_is_no_network(self, gone: str, named: str) -> None:
        found = {name: shape for name, shape in tensors().items() if not name.startswith(gone)}

        with pytest.raises(LayoutUnknown, match=f"lacks {named}"):
            recognise(found)

    @pytest.mark.parametrize("name", ["stem.0.weight", "classifier.weight"])
    @pytest.mark.parametrize("first", [0, 2**40])
    def test_no_network_is_so_large(self, name: str, first: int) -> None:
        found = tensors()
        found[name] = (first, *found[name][1:])

        with pytest.raises(LayoutUnknown, match="no network has"):
            recognise(found)


def test_each_name_comes_back_from_the_other_naming() -> None:
    assert all(project_name(published_name(name)) == name for name in tensors())
