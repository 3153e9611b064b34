"""What is in a file of weights, checked before anybody builds a network for it."""

from dataclasses import dataclass

import torch

from pdarts_core.export.weights import WeightsFormat, WeightsUnreadable, format_of, read_weights
from pdarts_core.tensors.fit import some_of
from pdarts_core.tensors.names import plain_name
from pdarts_core.tensors.shapes import Shape

_FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
_MOST_TENSORS = 20_000
_LONGEST_NAME = 300


class WeightsNotFloat(WeightsUnreadable):
    """A tensor holds no floating-point numbers."""


class WeightsNotFinite(WeightsUnreadable):
    """A tensor holds NaN or infinity."""


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """A file of weights that a network may begin with."""

    form: WeightsFormat
    shapes: dict[str, Shape]
    """Of its tensors, by their names; without batch norm's counters, which nothing needs."""


def inspect_weights(data: bytes) -> Inspected:
    """Return what a file of weights holds. No code in it is run; see `read_weights`.

    Raises:
        WeightsUnreadable: there are no weights in it, or none that a network could begin with; of a
            subclass where that says why.
    """
    held = sorted(read_weights(data).items(), key=lambda item: item[0])
    found = {name: tensor for name, tensor in held if plain_name(name)}
    if len(found) > _MOST_TENSORS:
        raise WeightsUnreadable(f"the file holds {len(found)} tensors; at most {_MOST_TENSORS}")
    if any(len(name) > _LONGEST_NAME or not name.isprintable() for name in found):
        raise WeightsUnreadable(
            f"a tensor's name has more than {_LONGEST_NAME} characters, or some that are not seen"
        )
    if others := [name for name, tensor in found.items() if tensor.dtype not in _FLOATS]:
        raise WeightsNotFloat(f"these tensors hold no floating-point numbers: {some_of(others)}")
    if empty := [name for name, tensor in found.items() if not tensor.numel()]:
        raise WeightsUnreadable(f"these tensors hold nothing: {some_of(empty)}")
    if broken := [name for name, tensor in found.items() if not tensor.isfinite().all()]:
        raise WeightsNotFinite(f"these tensors hold NaN or infinity: {some_of(broken)}")
    shapes = {name: tuple(tensor.shape) for name, tensor in found.items()}
    return Inspected(form=format_of(data), shapes=shapes)
