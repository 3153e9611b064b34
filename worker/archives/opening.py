"""Tells archives apart by how they begin, never by a name."""

import os
from bz2 import BZ2File
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from gzip import GzipFile
from io import BufferedIOBase
from lzma import LZMAFile
from types import MappingProxyType
from typing import BinaryIO, TypeVar

from store.packed_dataset import PackLimits
from worker.archives.archive import Archive, damage_told
from worker.archives.budget import Budget
from worker.archives.errors import ArchiveUnknown
from worker.archives.tar_archive import BLOCK_BYTES, TarArchive, is_tar
from worker.archives.zip_archive import ZipArchive

_PIECE = 2**20
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPRESSED: Mapping[bytes, Callable[[BinaryIO], BufferedIOBase]] = MappingProxyType(
    {
        b"\x1f\x8b": lambda file: GzipFile(fileobj=file),
        b"BZh": BZ2File,
        b"\xfd7zXZ\0": LZMAFile,
    }
)
_OTHERS: Mapping[bytes, str] = MappingProxyType(
    {
        b"7z\xbc\xaf\x27\x1c": "a 7z archive",
        b"Rar!": "a RAR archive",
        b"\x28\xb5\x2f\xfd": "compressed by zstd",
        b"\x04\x22\x4d\x18": "compressed by lz4",
        b"\x89PNG": "a PNG image",
        b"\xff\xd8\xff": "a JPEG image",
    }
)

_Kind = TypeVar("_Kind")


@contextmanager
def open_archive(
    source: BinaryIO, limits: PackLimits, scratch: Callable[[], BinaryIO]
) -> Iterator[Archive]:
    """Open an archive, whatever kind it is of.

    Args:
        source: the archive, from its begin.
        limits: how much it may hold.
        scratch: makes a file, for a tar that is compressed: its members are read in another
            order than it has.

    Raises:
        ArchiveError: it cannot be read.
    """
    budget = Budget(limits, source.seek(0, os.SEEK_END))
    source.seek(0)
    beginning = source.read(BLOCK_BYTES)
    source.seek(0)
    if beginning.startswith(_ZIPS):
        yield ZipArchive(source, budget)
    elif is_tar(beginning):
        yield TarArchive(source, budget)
    else:
        decompress = _by_beginning(_COMPRESSED, beginning)
        if decompress is None:
            raise _unknown(beginning)
        with scratch() as unpacked:
            _unpack(source, decompress, unpacked, budget)
            yield TarArchive(unpacked, budget)


def _unpack(
    source: BinaryIO,
    decompress: Callable[[BinaryIO], BufferedIOBase],
    target: BinaryIO,
    budget: Budget,
) -> None:
    what = "the compressed archive"
    with damage_told(what):
        stream = decompress(source)
    size = 0
    with stream:
        while True:
            with damage_told(what):
                piece = stream.read(_PIECE)
            if not size and not is_tar(piece[:BLOCK_BYTES]):
                raise ArchiveUnknown("the compressed file holds no tar; send a zip or a tar")
            if not piece:
                break
            size += len(piece)
            budget.check_unpacked(size)
            target.write(piece)
    target.seek(0)


def _unknown(beginning: bytes) -> ArchiveUnknown:
    other = _by_beginning(_OTHERS, beginning)
    what = f"the file is {other}" if other else "the file is not an archive that can be read"
    return ArchiveUnknown(f"{what}; send a zip, or a tar (plain, or packed with gzip, bzip2 or xz)")


def _by_beginning(kinds: Mapping[bytes, _Kind], beginning: bytes) -> _Kind | None:
    return next((kind for magic, kind in kinds.items() if beginning.startswith(magic)), None)
