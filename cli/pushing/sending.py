"""Sends a source in parts, and goes on after whatever may pass."""

import time
from collections.abc import Callable

from cli.client import Client, NotFound, Upload
from cli.client.errors import ServiceError, ServiceUnreachable
from cli.pushing.kept_push import BegunUpload, KeptPush
from cli.pushing.source import Source

LEAST_PART = 2**18
LARGEST_PART = 2**24
"""Bytes; parts grow and shrink between these, so that each takes a few seconds."""
_QUICK_SECONDS = 2.0
_SLOW_SECONDS = 8.0
_TRIES = 10
"""In a row, without anything having come."""
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_PASSING = frozenset({"upload_offset_wrong", "upload_locked", "checksum_wrong", "client_left"})
"""After these, the upload tells where to go on."""

Told = Callable[[int], None]


def send(client: Client, source: Source, kept: KeptPush, *, name: str, tell: Told) -> str:
    """Send all of a source, or what is left of it, and return the id of the upload.

    Args:
        client: to whom.
        source: what.
        kept: knows the upload of an earlier try.
        name: for people who look at uploads.
        tell: is called with how many bytes have come.

    Raises:
        ServiceError: the service refuses it, or has been away for too long.
        SourceChanged: it is not what it was.
        OSError: it cannot be read.
    """
    upload = _begun_before(client, source, kept)
    if upload is None:
        upload = client.create_upload(source.size, metadata={"filename": name})
        kept.keep(BegunUpload(upload=upload.id, fingerprint=source.fingerprint))
    _send_parts(client, source, upload, tell)
    return upload.id


def _begun_before(client: Client, source: Source, kept: KeptPush) -> Upload | None:
    begun = kept.begun()
    if begun is None:
        return None
    try:
        if begun.fingerprint == source.fingerprint:
            return client.get_upload(begun.upload)
        client.delete_upload(begun.upload)
    except NotFound:
        pass
    return None


def _send_parts(client: Client, source: Source, upload: Upload, tell: Told) -> None:
    offset, part_bytes, failures = upload.offset, LEAST_PART, 0
    tell(offset)
    while offset < source.size:
        part = source.read(offset, part_bytes)
        began = time.monotonic()
        try:
            offset = client.append_to_upload(upload.id, offset, part)
            failures = 0
        except ServiceError as error:
            failures += 1
            if failures == _TRIES or not _may_pass(error):
                raise
            time.sleep(_pause(error, failures))
            come = client.get_upload(upload.id).offset
            failures = failures if come <= offset else 0
            offset = come
        part_bytes = _next_size(part_bytes, time.monotonic() - began)
        tell(offset)


def _may_pass(error: ServiceError) -> bool:
    return error.passes or isinstance(error, ServiceUnreachable) or error.code in _PASSING


def _pause(error: ServiceError, failures: int) -> float:
    growing = _FIRST_PAUSE_SECONDS * 2 ** (failures - 1)
    return error.retry_after or min(growing, _LONGEST_PAUSE_SECONDS)


def _next_size(size: int, seconds: float) -> int:
    if seconds < _QUICK_SECONDS:
        return min(2 * size, LARGEST_PART)
    return max(size // 2, LEAST_PART) if seconds > _SLOW_SECONDS else size
