"""The state of a search, to go on exactly where it stopped.

A saved checkpoint is a header (a mark, the version of the format, a sha256) and then what
`torch.save` writes of nested dictionaries, lists, numbers and tensors. It is read back without
running any code, and takes no more memory than it has bytes, whoever wrote it.
"""

import hashlib
import io
import struct
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from pdarts_core.saved_state import STATE
from pdarts_core.signal.class_counts import ClassCounts
from pdarts_core.signal.pushes import PushState
from pdarts_core.signal.verdict import StageEvidence
from pdarts_core.space.cells import AlphaTable, CellPair, KeptOperations
from pdarts_core.stages.checkpoint_archive import ArchiveRefused, unpack
from pdarts_core.stages.half_training import HalfState
from pdarts_core.training.validation import ValidationState

FORMAT_VERSION = 1

_HEADER = struct.Struct(">17sH32s")
_MARK = b"pdarts-checkpoint"


class CheckpointError(ValueError):
    """The bytes are not a complete checkpoint of this format."""


class CheckpointMismatch(CheckpointError):
    """The checkpoint belongs to another search: its configuration, data set or device differs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StageState:
    """A stage in the middle of its training. All tensors are copies, on the CPU."""

    __pydantic_config__ = STATE

    epoch: int
    """Epochs that are finished."""
    step: int
    """Steps of the unfinished epoch that are finished."""
    seconds: float
    """Time that these steps took."""
    network: dict[str, Tensor]
    """Weights, alphas and batch-norm statistics."""
    weights: HalfState
    alphas: HalfState
    generators: dict[str, Tensor]
    device_type: str
    accumulate: int
    """Parts that each batch is computed in."""
    validation: ValidationState | None = None
    """None in checkpoints from before a search could stop within it."""
    pushes: PushState | None = None
    """None in checkpoints from before they were kept."""
    class_counts: ClassCounts | None = None
    """How the latest epoch did on the second half, if it was measured."""
    collapsed: bool = False
    """An epoch of the stage has ended collapsed into skip-connects."""


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """How a finished stage ended."""

    __pydantic_config__ = STATE

    kept: CellPair[KeptOperations]
    """The operations that were alive in it."""
    alphas: CellPair[AlphaTable]
    evidence: StageEvidence | None = None
    """None in checkpoints from before it was gathered."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A search that can continue. Counts start at 0."""

    __pydantic_config__ = STATE

    fingerprint: str
    """What `pdarts_core.stages.fingerprint` returns for the search's configuration and data set."""
    stage: int
    """The current or next stage; after the last, the number of stages."""
    kept: CellPair[KeptOperations]
    """The operations alive in that stage."""
    results: tuple[StageResult, ...]
    """The stages before it."""
    state: StageState | None
    """None if the stage has not begun."""


_ADAPTER = TypeAdapter(Checkpoint)


def save(checkpoint: Checkpoint) -> bytes:
    """Return the checkpoint as bytes."""
    buffer = io.BytesIO()
    torch.save(_document(checkpoint), buffer)
    payload = buffer.getvalue()
    return _HEADER.pack(_MARK, FORMAT_VERSION, hashlib.sha256(payload).digest()) + payload


def load(data: bytes) -> Checkpoint:
    """Read what `save` returned.

    Raises:
        CheckpointError: the bytes are damaged, of another format or of another version.
    """
    if len(data) < _HEADER.size:
        raise CheckpointError("the checkpoint is truncated")
    mark, version, digest = _HEADER.unpack_from(data)
    payload = data[_HEADER.size :]
    if mark != _MARK:
        raise CheckpointError("this is not a search checkpoint")
    if version != FORMAT_VERSION:
        raise CheckpointError(f"the checkpoint has format {version}, not {FORMAT_VERSION}")
    if hashlib.sha256(payload).digest() != digest:
        raise CheckpointError("the checkpoint is damaged: its sha256 differs")
    try:
        return _ADAPTER.validate_python(unpack(payload))
    except ArchiveRefused as error:
        raise CheckpointError(f"the checkpoint cannot be read: {error}") from error
    except ValidationError as error:
        raise CheckpointError("the checkpoint does not have the expected contents") from error


def _document(value: Any) -> Any:
    """Return what stands for a value in a file; unlike `asdict`, without a copy of each tensor."""
    if is_dataclass(value):
        return {field.name: _document(getattr(value, field.name)) for field in fields(value)}
    return tuple(map(_document, value)) if isinstance(value, tuple) else value
