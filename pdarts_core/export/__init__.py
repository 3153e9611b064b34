"""What an evaluation's network is taken home in: weights, ONNX, and Python without this project."""

from pdarts_core.export.weights import (
    WeightsUnreadable,
    load_weights,
    read_weights,
    save_weights,
)

__all__ = ["WeightsUnreadable", "load_weights", "read_weights", "save_weights"]
