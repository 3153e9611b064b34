"""A checkpoint of any kind as bytes.

They are a header (a mark, the version of the format, a sha256) and then what `torch.save` writes of
nested dictionaries, lists, numbers and tensors. They are read back without running any code, and
take no more memory than there are bytes, whoever wrote them.
"""

import hashlib
import io
import struct
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar

import torch
from pydantic import TypeAdapter, ValidationError

from pdarts_core.stages.checkpoint_archive import TensorArchiveRefused, unpack

CheckpointT = TypeVar("CheckpointT")

_HEADER = struct.Struct(">17sH32s")


class CheckpointError(ValueError):
    """The bytes are not a complete checkpoint of this format."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CheckpointFile(Generic[CheckpointT]):
    """The format of one kind of checkpoint, a frozen dataclass."""

    mark: bytes
    """What its files begin with: 17 bytes."""
    version: int
    kind: str
    """What people call it."""
    adapter: TypeAdapter[CheckpointT]

    def write(self, checkpoint: CheckpointT) -> bytes:
        """Return the checkpoint as bytes."""
        buffer = io.BytesIO()
        torch.save(_document(checkpoint), buffer)
        payload = buffer.getvalue()
        return _HEADER.pack(self.mark, self.version, hashlib.sha256(payload).digest()) + payload

    def read(self, data: bytes) -> CheckpointT:
        """Read what `write` returned.

        Raises:
            CheckpointError: the bytes are damaged, of another format or of another version.
        """
        if len(data) < _HEADER.size:
            raise CheckpointError("the checkpoint is truncated")
        mark, version, digest = _HEADER.unpack_from(data)
        payload = data[_HEADER.size :]
        if mark != self.mark:
            raise CheckpointError(f"this is not the checkpoint of {self.kind}")
        if version != self.version:
            raise CheckpointError(f"the checkpoint has format {version}, not {self.version}")
        if hashlib.sha256(payload).digest() != digest:
            raise CheckpointError("the checkpoint is damaged: its sha256 differs")
        try:
            return self.adapter.validate_python(unpack(payload))
        except TensorArchiveRefused as error:
            raise CheckpointError(f"the checkpoint cannot be read: {error}") from error
        except ValidationError as error:
            raise CheckpointError("the checkpoint does not have the expected contents") from error


def _document(value: Any) -> Any:
    """Return what stands for a value in a file; unlike `asdict`, without a copy of each tensor."""
    if is_dataclass(value):
        return {field.name: _document(getattr(value, field.name)) for field in fields(value)}
    return tuple(map(_document, value)) if isinstance(value, tuple) else value
