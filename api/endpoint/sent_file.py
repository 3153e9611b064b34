"""Puts what was sent among the artifacts, before a row names it."""

from typing import BinaryIO

from api.http.errors import ArtifactsUnavailable
from store.artifacts import ArtifactStore


def put_sent(artifacts: ArtifactStore, key: str, file: BinaryIO, *, refusal: str) -> None:
    """Store a file. Raises ArtifactsUnavailable, which says the refusal."""
    file.seek(0)
    try:
        artifacts.put_file(key, file)
    except OSError as error:
        raise ArtifactsUnavailable(refusal) from error


def store_sent(
    artifacts: ArtifactStore, folder: str, key: str, file: BinaryIO, *, refusal: str
) -> None:
    """Store a file in a folder of its own; nothing stays of it if that fails. Raises as above."""
    try:
        put_sent(artifacts, key, file, refusal=refusal)
    except ArtifactsUnavailable:
        artifacts.delete_folder(folder)
        raise
