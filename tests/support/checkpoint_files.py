"""Checkpoints' files that nobody but an attacker writes; their sha256 is right."""

import hashlib
import io
import zipfile
from collections.abc import Callable

_MARK = b"pdarts-checkpoint"
HEADER_SIZE = len(_MARK) + 2 + 32


def with_payload(payload: bytes, *, version: int = 1) -> bytes:
    """Return a search's file with this payload."""
    digest = hashlib.sha256(payload).digest()
    return _MARK + version.to_bytes(2, "big") + digest + payload


def version_of(data: bytes) -> int:
    """Return which version of the format the file has."""
    return int.from_bytes(data[len(_MARK) : len(_MARK) + 2], "big")


def rewritten(
    payload: bytes,
    change: Callable[[str, bytes], bytes] = lambda _, content: content,
    *,
    compression: int = zipfile.ZIP_STORED,
    version: int = 1,
) -> bytes:
    """Return the file whose archive has other members."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(payload)) as archive,
        zipfile.ZipFile(buffer, "w", compression) as copy,
    ):
        for name in archive.namelist():
            copy.writestr(name, change(name, archive.read(name)))
    return with_payload(buffer.getvalue(), version=version)
