"""A trained network as an ONNX file."""

import warnings
from typing import Literal

import torch
from torch import Tensor, nn

from pdarts_core.export.model import Model

Pixels = Literal["uint8", "float32"]


class _Classifier(nn.Module):
    """Takes pixels as they are and normalises them."""

    def __init__(self, model: Model, pixels: Pixels) -> None:
        super().__init__()
        self.network = model.network()
        largest = 255 if pixels == "uint8" else 1
        mean, std = torch.tensor(model.mean), torch.tensor(model.std)
        self.scale = nn.Buffer((1 / (largest * std))[:, None, None])
        self.shift = nn.Buffer((mean / std)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(images.float() * self.scale - self.shift)[0]
        return logits


def export_onnx(model: Model, *, pixels: Pixels = "uint8") -> bytes:
    """Return an ONNX file: `images` [batch, 3, height, width] in, `logits` [batch, classes] out.

    The batch may have any size. Normalisation is inside; class names, recipe and genotype are
    metadata, as JSON.

    Args:
        model: what to export.
        pixels: what the images are: bytes, or floats from 0 to 1.
    """
    classifier = _Classifier(model, pixels).eval()
    # Two images: a single one would be taken for the only size of a batch.
    images = torch.zeros(2, 3, *model.seen, dtype=getattr(torch, pixels))
    with warnings.catch_warnings():
        # Torch's exporter warns of its own use of what torch deprecates.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.onnx.export(
            classifier,
            (images,),
            input_names=["images"],
            output_names=["logits"],
            dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.model.metadata_props.update(model.metadata())
    data: bytes = program.model_proto.SerializeToString()
    return data
