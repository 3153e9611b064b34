"""What an attempt gives the other processes of its job: a file without a name, open in all of them.

It goes away with the last process that has it open, however that ends.
"""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import torch

from pdarts_core.images.dataset import ImageDataset
from store.private_files import make_private_folder

Contents = Mapping[str, Any]
"""Plain values, tensors and bytes."""
_BYTES = "bytes"
"""Stands before bytes."""


def wrap(contents: Contents, folder: Path) -> IO[bytes]:
    """Return an open file with the contents, on the disk of a folder.

    Raises:
        OSError, RuntimeError: the disk is full, or refuses.
    """
    make_private_folder(folder)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  the caller closes it
    try:
        torch.save({name: _saved(value) for name, value in contents.items()}, file)
        file.flush()
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    return file


def unwrap(descriptor: int) -> dict[str, Any]:
    """Read what `wrap` wrote; tensors stay in the file, which all processes share."""
    found = torch.load(f"/proc/self/fd/{descriptor}", mmap=True, weights_only=True)
    os.close(descriptor)
    return {name: _read(value) for name, value in found.items()}


def dataset_contents(dataset: ImageDataset) -> dict[str, Any]:
    """Return a data set as contents."""
    return {
        name: value.cpu() if isinstance(value, torch.Tensor) else value
        for name, value in vars(dataset).items()
    }


def _saved(value: Any) -> Any:
    # torch reads no bytes back without running code.
    if isinstance(value, bytes):
        return (_BYTES, torch.frombuffer(bytearray(value), dtype=torch.uint8))
    return value


def _read(value: Any) -> Any:
    is_bytes = isinstance(value, tuple) and value[:1] == (_BYTES,)
    return value[1].numpy().tobytes() if is_bytes else value
