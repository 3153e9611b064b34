"""Published archives: downloaded, checked, unpacked and put in place file by file."""

import hashlib
import shutil
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from store.catalogue import DatasetUnavailableError
from worker.datasets.progress import OnProgress, ProgressReporter

_TIMEOUT_SECONDS = 30.0
"""How long the server may stay silent."""
_CHUNK_BYTES = 2**20
_TEMPORARY = ".download-"
_ABANDONED_SECONDS = 24 * 3600.0
_AS_DATA: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python 3.11.0 to 3.11.3 (Debian 12 has 3.11.2) have no filters."""


@dataclass(frozen=True, kw_only=True)
class PublishedFile:
    """A file on the network; one that ends in .tar.gz is unpacked."""

    url: str
    filename: str
    md5: str
    """As published, hexadecimal."""


def download(
    name: str, files: Sequence[PublishedFile], folder: Path, on_progress: OnProgress
) -> None:
    """Bring the files of a published data set into a folder.

    Each file appears there whole and checked, so several processes may download at once.

    Raises:
        DatasetUnavailableError: the server cannot be reached, sends something else, or the disk
            refuses or is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        for file in files:
            with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temporary:
                archive = Path(temporary, file.filename)
                _fetch(name, file, archive, on_progress)
                if file.filename.endswith(".tar.gz"):
                    _unpack(archive)
                _move_all(Path(temporary), folder)
    except httpx.HTTPError as error:
        raise DatasetUnavailableError(
            f"data set {name!r} is not on this machine and cannot be downloaded from {file.url}: "
            f"{error or type(error).__name__}; without network access, put its files into the "
            "data folder by hand, or use a folder of images"
        ) from error
    except OSError as error:
        raise DatasetUnavailableError(
            f"data set {name!r} cannot be written to the data folder: {error.strerror or error}"
        ) from error


def _fetch(name: str, file: PublishedFile, target: Path, on_progress: OnProgress) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    with (
        httpx.stream("GET", file.url, follow_redirects=True, timeout=_TIMEOUT_SECONDS) as response,
        target.open("wb") as output,
    ):
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        reporter = ProgressReporter(on_progress, f"downloading {name}", total, "bytes")
        for chunk in response.iter_raw(_CHUNK_BYTES):
            output.write(chunk)
            digest.update(chunk)
            reporter.advance(len(chunk))
    if digest.hexdigest() != file.md5:
        raise DatasetUnavailableError(
            f"data set {name!r}: what {file.url} sent is not the published file "
            f"(MD5 {digest.hexdigest()} instead of {file.md5})"
        )


def _unpack(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(archive.parent, **_AS_DATA)  # noqa: S202  its digest is the published one
    archive.unlink()


def _move_all(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(exist_ok=True)
            path.replace(place)


def _remove_abandoned(folder: Path) -> None:
    for path in folder.glob(f"{_TEMPORARY}*"):
        if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
