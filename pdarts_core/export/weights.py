"""Weights as bytes: safetensors, or what `torch.save` writes; ours and those of others."""

import io
from collections.abc import Mapping
from typing import Any, Literal

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from pdarts_core.interop import load_network_weights, published_name
from pdarts_core.network import Network
from pdarts_core.stages.checkpoint_archive import ArchiveRefused, unpack

WeightsFormat = Literal["safetensors", "torch"]
Layout = Literal["project", "published"]

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80\x02"
_WRAPPERS = ("state_dict", "model", "network")
"""Under which programs keep a network's weights, beside other things."""
_MOST_WRAPPERS = 4


class WeightsUnreadable(ValueError):
    """The bytes hold no weights, or more than weights."""


def save_weights(
    weights: Mapping[str, Tensor],
    *,
    form: WeightsFormat = "safetensors",
    layout: Layout = "project",
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """Return a network's weights as a file.

    Args:
        weights: a state dict of `Network`.
        form: what reads the file: the library safetensors, or `torch.load`.
        layout: the names: those of `Network`, or P-DARTS' published ones.
        metadata: kept with the weights, in safetensors alone.
    """
    named = {
        published_name(name) if layout == "published" else name: tensor.detach().cpu().contiguous()
        for name, tensor in weights.items()
    }
    if form == "safetensors":
        return safetensors.torch.save(named, dict(metadata or {}))
    buffer = io.BytesIO()
    torch.save(named, buffer)
    return buffer.getvalue()


def load_weights(network: Network, data: bytes) -> None:
    """Load weights from a file; see `read_weights` and `load_network_weights`.

    Raises:
        WeightsUnreadable: there are none in it.
        PublishedWeightsError: they do not fit the network.
    """
    load_network_weights(network, read_weights(data))


def read_weights(data: bytes) -> dict[str, Tensor]:
    """Return the tensors in a file by name: of safetensors, or of any version of `torch.save`.

    Weights may lie under `state_dict`, `model` or `network`. No code in the file is run. What
    `torch.save` wrote before version 1.6 can ask for more memory than it has bytes: read what
    strangers sent in a process that may die.

    Raises:
        WeightsUnreadable: the file is damaged, or is none of weights.
    """
    if data.startswith(_ZIP):
        found = _from_archive(data)
    elif data.startswith(_PICKLE):
        found = _from_pickles(data)
    else:
        found = _from_safetensors(data)
    for _ in range(_MOST_WRAPPERS):
        wrapped = [found[name] for name in _WRAPPERS if isinstance(found, dict) and name in found]
        if not wrapped:
            break
        found = wrapped[0]
    return _checked(found)


def _from_archive(data: bytes) -> Any:
    try:
        return unpack(data)
    except ArchiveRefused as error:
        raise WeightsUnreadable(f"the archive is not one of weights: {error}") from error


def _from_pickles(data: bytes) -> Any:
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:
        # A damaged pickle can make torch raise almost anything.
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise WeightsUnreadable(f"the file is not one of weights: {reason}") from error


def _from_safetensors(data: bytes) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(data)
    except SafetensorError as error:
        raise WeightsUnreadable(
            f"the file is neither safetensors nor what torch.save writes: {error}"
        ) from error


def _checked(found: Any) -> dict[str, Tensor]:
    if not isinstance(found, dict) or not found:
        raise WeightsUnreadable("the file holds no weights by name")
    for name, tensor in found.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise WeightsUnreadable(f"the file holds more than weights, such as {name!r:.60}")
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex():
            raise WeightsUnreadable(f"{name:.60} is not a plain tensor")
    return dict(found)
