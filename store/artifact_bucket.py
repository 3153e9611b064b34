"""Artifacts in an object store that speaks S3, through fsspec.

An object is written as a whole, so nobody ever sees half of one. The usual AWS_* variables and
files, or fsspec's own configuration, say where the store is and hold the credentials.
"""

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, BinaryIO

import fsspec

from store.artifacts import (
    PIECE_BYTES,
    ArtifactStore,
    ArtifactsUnreachable,
    StoredArtifact,
    checked_key,
)

_CONNECT_SECONDS = 5
_SILENCE_SECONDS = 20
_TRANSFER_SECONDS = 60
"""The longest that reading or writing one object may take, all tries included."""
_ANSWER_SECONDS = 30
"""The longest that anything else takes."""
_TRIES = 2

logger = logging.getLogger(__name__)


class BucketStore(ArtifactStore):
    """Puts objects below a prefix of a bucket. Do not use it after a fork: make a new one there.

    Args:
        protocol: fsspec's name for the kind of store.
        place: the bucket, and the prefix if there is one.
    """

    def __init__(self, protocol: str, place: str) -> None:
        self._root = place.strip("/")
        self._files: Any = fsspec.filesystem(
            protocol,
            skip_instance_cache=True,
            use_listings_cache=False,
            config_kwargs={
                "connect_timeout": _CONNECT_SECONDS,
                "read_timeout": _SILENCE_SECONDS,
                "retries": {"total_max_attempts": 1},
            },
        )
        self._files.retries = _TRIES

    def entries(self, prefix: str) -> Sequence[StoredArtifact]:
        """Describe what is under a folder, in the order of the keys. Raises OSError."""
        with _as_os_errors():
            found = self._files.find(self._path(prefix), detail=True, timeout=_ANSWER_SECONDS)
        return [
            StoredArtifact(
                key=path.removeprefix(f"{self._root}/"),
                bytes=told["size"],
                written_at=told["LastModified"].astimezone(UTC),
            )
            for path, told in sorted(found.items())
        ]

    def folders(self) -> Sequence[str]:
        """Return the first parts of all keys that have more than one. Raises OSError."""
        try:
            with _as_os_errors():
                found = self._files.ls(self._root, detail=True, timeout=_ANSWER_SECONDS)
        except FileNotFoundError:
            return []
        names = (told["name"] for told in found if told["type"] == "directory")
        return sorted(name.removeprefix(f"{self._root}/") for name in names)

    def delete(self, key: str) -> None:
        """Delete the artifact; nothing happens if there is none. Raises OSError."""
        with _as_os_errors():
            self._files.rm_file(self._path(key), timeout=_ANSWER_SECONDS)

    def delete_folder(self, prefix: str) -> None:
        """Delete everything under a folder, as far as the store lets it."""
        try:
            for key in self.keys(prefix):
                self.delete(key)
        except OSError as error:
            logger.warning("could not delete %s: %s", prefix, error)

    def _write(self, key: str, data: bytes) -> None:
        with _as_os_errors():
            self._files.pipe_file(self._path(key), data, timeout=_TRANSFER_SECONDS)

    def _write_file(self, key: str, file: BinaryIO) -> None:
        with _as_os_errors():
            # With what fits a piece, this is one request, as above.
            written = self._files.open(self._path(key), "wb", block_size=PIECE_BYTES)
            try:
                shutil.copyfileobj(file, written, PIECE_BYTES)
            except BaseException:
                # Neither here nor later: closing would complete what is there so far.
                written.closed = True
                written.discard()
                raise
            written.close()

    def _read(self, key: str) -> bytes:
        with _as_os_errors():
            data: bytes = self._files.cat_file(self._path(key), timeout=_TRANSFER_SECONDS)
            return data

    @contextmanager
    def _open(self, key: str) -> Iterator[BinaryIO]:
        # It asks for no more than is read. What goes wrong then comes here as well.
        with _as_os_errors(), self._files.open(self._path(key), "rb", cache_type="none") as file:
            yield file

    def _path(self, key: str) -> str:
        return f"{self._root}/{checked_key(key)}"


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Let through the one error that concerns an object; all others concern the store."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ArtifactsUnreachable(f"{type(error).__name__}: {error}") from error
