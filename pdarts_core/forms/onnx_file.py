"""A trained network as an ONNX file, written layer by layer.

`torch.onnx.export` finds out by tracing what a genotype says outright: it takes 10 seconds where
this takes some milliseconds, and wants torch. See docs/decisions, number 19.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from pdarts_core.forms.description import ModelDescription
from pdarts_core.genotype import GeneEntry, nodes_returned
from pdarts_core.space.cells import INPUTS_PER_NODE
from pdarts_core.space.layout import CellLayout, discrete_layouts
from pdarts_core.space.operations import AVG_POOL, MAX_POOL, SEPARABLE_CONVOLUTIONS, SKIP_CONNECT

Pixels = Literal["uint8", "float32"]
Weights = Mapping[str, NDArray[Any]]

_OPSET, _IR_VERSION = 17, 8
"""Of 2022: what runs the file may be that old."""
LARGEST_FILE = 2**31 - 2**20
"""Bytes of weights that still fit a file, which can have 2 GiB in all."""


class OnnxTooLarge(ValueError):
    """The network has more weights than one ONNX file can hold."""


def write_onnx(model: ModelDescription, weights: Weights, *, pixels: Pixels = "uint8") -> bytes:
    """Return an ONNX file: `images` [batch, 3, height, width] in, `logits` [batch, classes] out.

    The batch may have any size. Normalisation is inside; class names, recipe and genotype are
    metadata, as JSON. The same weights give the same bytes.

    Args:
        model: what the network is.
        weights: a state dict of `Network`, with or without auxiliary head.
        pixels: what the images are: bytes, or floats from 0 to 1.

    Raises:
        OnnxTooLarge: it has more weights than fit.
    """
    if sum(tensor.nbytes for tensor in weights.values()) > LARGEST_FILE:
        raise OnnxTooLarge("an ONNX file holds up to 2 GiB, and this network's weights need more")
    writer = _Writer(model, weights)
    logits = writer.network(writer.normalised("images", pixels))
    assert logits == "logits"
    element = onnx.TensorProto.UINT8 if pixels == "uint8" else onnx.TensorProto.FLOAT
    classes = len(model.class_names)
    taken = helper.make_tensor_value_info("images", element, ["batch", 3, *model.seen])
    given = helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", classes])
    graph = helper.make_graph(
        [*writer.nodes.values()],
        "network",
        [taken],
        [given],
        initializer=[*writer.constants.values()],
    )
    proto = helper.make_model(
        graph,
        producer_name="pdarts",
        ir_version=_IR_VERSION,
        opset_imports=[helper.make_opsetid("", _OPSET)],
    )
    helper.set_model_props(proto, model.metadata())
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


class _Writer:
    """Collects a graph. Each method adds a layer to what it is given, and names what comes out."""

    def __init__(self, model: ModelDescription, weights: Weights) -> None:
        self.nodes: dict[str, onnx.NodeProto] = {}
        self.constants: dict[str, onnx.TensorProto] = {}
        self._model = model
        self._weights = weights

    def normalised(self, images: str, pixels: Pixels) -> str:
        largest = 255 if pixels == "uint8" else 1
        mean, std = (np.array(c, np.float32) for c in (self._model.mean, self._model.std))
        scale = self._constant("scale", (1 / (largest * std))[:, None, None])
        shift = self._constant("shift", (mean / std)[:, None, None])
        floats = self._add("Cast", [images], "floats", to=onnx.TensorProto.FLOAT)
        scaled = self._add("Mul", [floats, scale], "scaled")
        return self._add("Sub", [scaled, shift], "normalised")

    def network(self, images: str) -> str:
        model = self._model
        before_last, last = self._stem(images)
        layouts = discrete_layouts(
            nodes_returned(model.genotype),
            init_channels=model.recipe.init_channels,
            layers=model.recipe.layers,
            stem=model.recipe.stem,
        )
        for number, layout in enumerate(layouts):
            before_last, last = last, self._cell(f"cells.{number}", layout, before_last, last)
        pooled = self._add("GlobalAveragePool", [last], "pooled")
        features = self._add("Flatten", [pooled], "features")
        parameters = [self._weight(f"classifier.{part}") for part in ("weight", "bias")]
        return self._add("Gemm", [features, *parameters], "logits", transB=1)

    def _stem(self, images: str) -> tuple[str, str]:
        if self._model.recipe.stem == "cifar":
            out = self._norm(self._convolution(images, "stem.0", padding=1), "stem.1")
            return out, out
        half = self._convolution(images, "stem0.0", stride=2, padding=1)
        half = self._relu(self._norm(half, "stem0.1"))
        quarter = self._convolution(half, "stem0.3", stride=2, padding=1)
        quarter = self._norm(quarter, "stem0.4")
        eighth = self._convolution(self._relu(quarter), "stem1.1", stride=2, padding=1)
        return quarter, self._norm(eighth, "stem1.2")

    def _cell(self, name: str, layout: CellLayout, before_last: str, last: str) -> str:
        genotype = self._model.genotype
        entries = genotype.reduce if layout.reduction else genotype.normal
        concat = genotype.reduce_concat if layout.reduction else genotype.normal_concat
        fit = self._halved if layout.halve_first_input else self._mapped
        states = [
            fit(before_last, f"{name}.preprocess0"),
            self._mapped(last, f"{name}.preprocess1"),
        ]
        for first in range(0, len(entries), INPUTS_PER_NODE):
            inputs = [
                self._entry(f"{name}.entries.{place}", entries[place], layout, states)
                for place in range(first, first + INPUTS_PER_NODE)
            ]
            states.append(self._add("Add", inputs, f"{name}.node{len(states)}"))
        return self._add("Concat", [states[state] for state in concat], name, axis=1)

    def _entry(self, name: str, entry: GeneEntry, layout: CellLayout, states: list[str]) -> str:
        operation, source = entry
        images, stride = states[source], layout.stride_from(source)
        if operation == SKIP_CONNECT:
            return images if stride == 1 else self._halved(images, name)
        window = {"kernel_shape": [3, 3], "strides": [stride] * 2, "pads": [1] * 4}
        if operation == MAX_POOL:
            return self._add("MaxPool", [images], name, **window)
        if operation == AVG_POOL:
            return self._add("AveragePool", [images], name, count_include_pad=0, **window)
        return self._separable(images, name, operation, layout.channels, stride)

    def _separable(self, images: str, name: str, operation: str, channels: int, stride: int) -> str:
        shape = SEPARABLE_CONVOLUTIONS[operation]
        padding = shape.dilation * (shape.kernel - 1) // 2
        for turn, step in enumerate((stride, 1)[: shape.passes]):
            depthwise, pointwise, norm = (f"{name}.layers.{4 * turn + part}" for part in (1, 2, 3))
            images = self._convolution(
                self._relu(images),
                depthwise,
                stride=step,
                padding=padding,
                dilation=shape.dilation,
                groups=channels,
            )
            images = self._norm(self._convolution(images, pointwise), norm)
        return images

    def _mapped(self, images: str, name: str) -> str:
        convolved = self._convolution(self._relu(images), f"{name}.layers.1")
        return self._norm(convolved, f"{name}.layers.2")

    def _halved(self, images: str, name: str) -> str:
        """Add two 1×1 convolutions of the images, one of them shifted by a pixel."""
        positive = self._relu(images)
        even = self._convolution(positive, f"{name}.even", stride=2)
        # Padded even where a side is even: the stride passes over that zero.
        padded = self._add("Pad", [positive, self._whole("pads", [0] * 6 + [1] * 2)], f"{name}.pad")
        cut = [self._whole(part, value) for part, value in _FROM_ONE.items()]
        shifted = self._add("Slice", [padded, *cut], f"{name}.shifted")
        odd = self._convolution(shifted, f"{name}.odd", stride=2)
        both = self._add("Concat", [even, odd], f"{name}.both", axis=1)
        return self._norm(both, f"{name}.norm")

    def _relu(self, images: str) -> str:
        return self._add("Relu", [images], f"{images}.relu")

    def _convolution(
        self,
        images: str,
        name: str,
        *,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
    ) -> str:
        return self._add(
            "Conv",
            [images, self._weight(f"{name}.weight")],
            name,
            strides=[stride] * 2,
            pads=[padding] * 4,
            dilations=[dilation] * 2,
            group=groups,
        )

    def _norm(self, images: str, name: str) -> str:
        parts = ("weight", "bias", "running_mean", "running_var")
        parameters = [self._weight(f"{name}.{part}") for part in parts]
        return self._add("BatchNormalization", [images, *parameters], name, epsilon=1e-5)

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _whole(self, name: str, values: list[int]) -> str:
        return self._constant(name, np.array(values, np.int64))

    def _constant(self, name: str, values: NDArray[Any]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(values, name)
        return name

    def _add(self, operation: str, inputs: list[str], name: str, **attributes: Any) -> str:
        if name not in self.nodes:
            self.nodes[name] = helper.make_node(operation, inputs, [name], name, **attributes)
        return name


_FROM_ONE: Mapping[str, list[int]] = {"starts": [1, 1], "ends": [2**31 - 1] * 2, "axes": [2, 3]}
