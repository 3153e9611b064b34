"""Checkpoints' files that nobody but an attacker writes; their sha256 is right."""

import hashlib
import io
import zipfile
from collections.abc import Callable

_MARK = b"pdarts-checkpoint"
_VERSION_ENDS = len(_MARK) + 2
HEADER_SIZE = _VERSION_ENDS + 32


def with_payload(payload: bytes, *, version: int = 1) -> bytes:
    """Return a search's file with this payload."""
    return _sealed(_MARK + version.to_bytes(2, "big"), payload)


def rewritten(
    file: bytes,
    change: Callable[[str, bytes], bytes] = lambda _, content: content,
    *,
    compression: int = zipfile.ZIP_STORED,
) -> bytes:
    """Return the file with other members in its archive; its version stays."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(file[HEADER_SIZE:])) as archive,
        zipfile.ZipFile(buffer, "w", compression) as copy,
    ):
        for name in archive.namelist():
            copy.writestr(name, change(name, archive.read(name)))
    return _sealed(file[:_VERSION_ENDS], buffer.getvalue())


def _sealed(head: bytes, payload: bytes) -> bytes:
    return head + hashlib.sha256(payload).digest() + payload
