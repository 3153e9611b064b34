"""What an evaluation's network is taken home in: weights, ONNX, and Python without this project."""

from pdarts_core.export.model import Model
from pdarts_core.export.onnx_file import export_onnx
from pdarts_core.export.python_file import export_python
from pdarts_core.export.weights import (
    WeightsSwell,
    WeightsUnreadable,
    WeightsUnsafe,
    load_weights,
    read_weights,
    save_weights,
)

__all__ = [
    "Model",
    "WeightsSwell",
    "WeightsUnreadable",
    "WeightsUnsafe",
    "export_onnx",
    "export_python",
    "load_weights",
    "read_weights",
    "save_weights",
]
