"""Which store PDARTS_ARTIFACTS_URL names."""

import importlib.util
from pathlib import Path

from store.artifact_bucket import BucketStore
from store.artifact_folder import FolderStore
from store.artifacts import ArtifactStore

_BUCKETS = {"s3": "s3fs"}
"""The schemes of object stores, and the packages they need."""


class ArtifactsUrlError(ValueError):
    """The URL names no store that can be used here; the message says what to change."""


def check_artifacts_url(url: str) -> None:
    """Check that this installation can use the store; nothing connects.

    Raises:
        ArtifactsUrlError: it cannot.
    """
    scheme, separator, place = url.partition("://")
    if not separator:
        return
    if scheme not in _BUCKETS:
        known = ", ".join(f"{name}://bucket/prefix" for name in _BUCKETS)
        raise ArtifactsUrlError(
            f"PDARTS_ARTIFACTS_URL starts with {scheme}://, which is no supported artifact store; "
            f"use a folder's path or {known}"
        )
    if not place.strip("/"):
        raise ArtifactsUrlError(
            f"PDARTS_ARTIFACTS_URL names no bucket; use {scheme}://bucket/prefix"
        )
    package = _BUCKETS[scheme]
    if importlib.util.find_spec(package) is None:
        raise ArtifactsUrlError(
            f"PDARTS_ARTIFACTS_URL starts with {scheme}://, which needs the package {package}: "
            f"pip install 'pdarts[{scheme}]'"
        )


def open_artifacts(url: str) -> ArtifactStore:
    """Return the store that a URL or a folder's path names; nothing connects yet.

    Raises:
        ArtifactsUrlError: it names none that can be used here.
    """
    check_artifacts_url(url)
    scheme, separator, place = url.partition("://")
    return BucketStore(scheme, place) if separator else FolderStore(Path(url))
