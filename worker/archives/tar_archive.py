"""Tar archives."""

import tarfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import IO, Any, BinaryIO, cast

from worker.archives.archive import Archive, Member, damage_told
from worker.archives.budget import Budget
from worker.archives.errors import ArchiveDamaged, ArchiveUnsafe, shown
from worker.archives.names import clean_path

BLOCK_BYTES = tarfile.BLOCKSIZE
_PIECE = 2**20


class TarArchive(Archive):
    """A tar that is not compressed."""

    def __init__(self, source: BinaryIO, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._headers = _BoundedHeaders(source)
        with damage_told("the tar"):
            # Its names are bytes; those that are not UTF-8 are told by their surrogates.
            self._tar = tarfile.open(  # noqa: SIM115  closes nothing that is its own
                fileobj=cast("BinaryIO", self._headers),
                mode="r:",
                encoding="utf-8",
                errors="surrogateescape",
            )

    def members(self) -> Iterator[Member]:
        """Yield what it holds."""
        before = -1
        while (info := self._next()) is not None:
            if info.size < 0 or info.offset <= before:
                raise ArchiveDamaged(f"the tar is damaged at {shown(info.name)}")
            before = info.offset
            self._budget.take_member(info.size)
            if not (info.isreg() or info.isdir()):
                raise ArchiveUnsafe(
                    f"{shown(info.name)} is {_kind_of(info)}; tar packs the files themselves with "
                    "--dereference --hard-dereference"
                )
            path = clean_path(info.name)
            if path:
                place = info if info.isreg() else None
                yield Member(path=path, size=info.size, place=place)
        self._check_end()

    def open(self, member: Member) -> AbstractContextManager[IO[bytes]]:
        """Open a file in it."""
        info: tarfile.TarInfo = member.place
        with damage_told(shown(member.path)):
            content = self._tar.extractfile(info)
        assert content is not None, "folders and links have no content"  # noqa: S101
        return closing(content)

    def _next(self) -> tarfile.TarInfo | None:
        with damage_told("the tar"), self._headers.read_now():
            info = self._tar.next()
        # What it keeps of each member would grow without a bound.
        cast("Any", self._tar).members.clear()
        if info is not None:
            info.pax_headers = {}
        return info

    def _check_end(self) -> None:
        """Refuse a tar without its end mark: tarfile takes damage for the end.

        What follows the mark must be nothing: members after it would be lost without a word.
        """
        self._source.seek(self._tar.offset)
        rest = self._source.read(BLOCK_BYTES)
        if rest != bytes(BLOCK_BYTES):
            raise ArchiveDamaged("the tar is damaged or cut off: it has no end mark")
        while rest := self._source.read(_PIECE):
            if rest.count(0) != len(rest):
                raise ArchiveDamaged("something follows the tar's end mark, such as another tar")


def is_tar(block: bytes) -> bool:
    """Tell by its first block whether something is a tar."""
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


class _BoundedHeaders:
    """A file whose headers are read in pieces of a bounded length, which they say themselves.

    Contents are read as whoever opened them likes.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._are_read = True

    @contextmanager
    def read_now(self) -> Iterator[None]:
        self._are_read = True
        try:
            yield
        finally:
            self._are_read = False

    def read(self, size: int) -> bytes:
        if self._are_read and not 0 <= size <= _PIECE:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        # Where this is not told, what reads images reads all of one at once.
        return True


def _kind_of(info: tarfile.TarInfo) -> str:
    if info.issym():
        return "a link"
    if info.islnk():
        return "a hard link"
    if info.isdev():
        return "a device"
    return "neither a file nor a folder"
