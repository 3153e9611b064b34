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
from pdarts_core.stages.checkpoint_archive import (
    ArchiveAsks,
    ArchiveSwells,
    TensorArchiveRefused,
    check_pickle,
    check_tensors,
    unpack,
)
from pdarts_core.tensors.names import Layout
from pdarts_core.training.failures import is_out_of_memory

WeightsFormat = Literal["safetensors", "torch"]

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80\x02"
_WRAPPERS = ("state_dict", "model", "network")
"""Under which programs keep a network's weights, beside other things."""
_MOST_WRAPPERS = 4
_PICKLES = 4
"""With which a file from before version 1.6 begins: a mark, a version, the system, the weights."""


class WeightsUnreadable(ValueError):
    """The bytes hold no weights, or more than weights."""


class WeightsUnsafe(WeightsUnreadable):
    """The file asks for more than tensors, such as code to be run."""


class WeightsSwell(WeightsUnreadable):
    """The file would take more memory than it has bytes."""


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
        WeightsUnreadable: the file is damaged, or is not a file of weights.
    """
    found: Any
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


def format_of(data: bytes) -> WeightsFormat:
    """Return what a file that `read_weights` reads was written by."""
    return "torch" if data.startswith((_ZIP, _PICKLE)) else "safetensors"


def _from_archive(data: bytes) -> Any:
    try:
        return unpack(data)
    except ArchiveAsks as error:
        raise WeightsUnsafe(f"the archive holds more than weights: {error}") from error
    except ArchiveSwells as error:
        raise WeightsSwell(f"the archive unpacks to more than its size allows: {error}") from error
    except TensorArchiveRefused as error:
        raise WeightsUnreadable(f"the archive is not a file of weights: {error}") from error


def _from_pickles(data: bytes) -> Any:
    try:
        value = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        check_tensors(value, most_bytes=len(data))
    except MemoryError:
        raise
    except ArchiveSwells as error:
        raise WeightsSwell(f"the file unpacks to more than its size allows: {error}") from error
    except Exception as error:
        # A damaged pickle can make torch raise almost anything.
        if is_out_of_memory(error):
            raise
        _refuse_what_it_asks_for(data)
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise WeightsUnreadable(f"the file is not a file of weights: {reason}") from error
    return value


def _refuse_what_it_asks_for(data: bytes) -> None:
    """Name what pickles ask for besides tensors, where that can be seen. Raises WeightsUnsafe."""
    stream = io.BytesIO(data)
    try:
        for _ in range(_PICKLES):
            check_pickle(stream)
    except ArchiveAsks as error:
        raise WeightsUnsafe(f"the file holds more than weights: {error}") from error
    except ValueError:
        return


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
            raise WeightsUnreadable(f"{name!r:.60} is not a plain tensor")
    return dict(found)
