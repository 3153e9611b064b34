"""A trained network as an ONNX file."""

from pdarts_core.export.model import Model
from pdarts_core.forms.onnx_file import Pixels, write_onnx


def export_onnx(model: Model, *, pixels: Pixels = "uint8") -> bytes:
    """Return an ONNX file: `images` [batch, 3, height, width] in, `logits` [batch, classes] out.

    The batch may have any size. Normalisation is inside; class names, recipe and genotype are
    metadata, as JSON.

    Args:
        model: what to export.
        pixels: what the images are: bytes, or floats from 0 to 1.

    Raises:
        OnnxTooLarge: it has more weights than fit.
    """
    weights = {name: tensor.detach().cpu().numpy() for name, tensor in model.weights.items()}
    return write_onnx(model, weights, pixels=pixels)
