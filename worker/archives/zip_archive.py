"""Zip archives."""

import stat
from collections.abc import Iterator
from itertools import pairwise
from typing import IO, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from worker.archives.archive import Archive, Member, damage_told
from worker.archives.budget import Budget
from worker.archives.errors import (
    ArchiveDamaged,
    ArchiveEncrypted,
    ArchiveUnknown,
    ArchiveUnsafe,
    shown,
)
from worker.archives.names import clean_path

_ENCRYPTED = 0x1 | 0x40 | 0x2000
_NAMES_ARE_UTF8 = 0x800
_TAKEN_KINDS = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
_LOCAL_HEADER_BYTES = 30
_READ = frozenset({ZIP_STORED, ZIP_DEFLATED})
"""What is unpacked piece by piece in little memory; the other methods are hardly met."""


class ZipArchive(Archive):
    """A zip, read by what its end says of its members."""

    def __init__(self, source: BinaryIO, budget: Budget) -> None:
        self._budget = budget
        self._guessed = ""
        with damage_told("the zip"):
            self._zip = ZipFile(source)
        self._check_overlaps()

    def members(self) -> Iterator[Member]:
        """Yield what it holds."""
        for info in self._zip.infolist():
            self._budget.take_member(info.file_size)
            name = self._name_of(info)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in _TAKEN_KINDS:
                raise ArchiveUnsafe(
                    f"{shown(name)} is a link or a device; zip follows links unless told otherwise"
                )
            if info.flag_bits & _ENCRYPTED:
                raise ArchiveEncrypted(f"{shown(name)} is encrypted; send it without a password")
            path = clean_path(name)
            is_folder = name.endswith("/") or kind == stat.S_IFDIR
            if path:
                yield Member(path=path, size=info.file_size, place=None if is_folder else info)

    def open(self, member: Member) -> IO[bytes]:
        """Open a file in it."""
        info: ZipInfo = member.place
        if info.compress_type not in _READ:
            raise ArchiveUnknown(
                f"{shown(member.path)} is compressed in a way that cannot be read (method "
                f"{info.compress_type}); use deflate, the usual one"
            )
        with damage_told(shown(member.path)):
            return self._zip.open(info)

    def notes(self) -> list[str]:
        """Say how names were read that do not tell it themselves."""
        if not self._guessed:
            return []
        guess = f"they were read as CP437, such as {shown(self._guessed)}"
        return [f"The zip does not say how its names are encoded; {guess}."]

    def _name_of(self, info: ZipInfo) -> str:
        # ZipInfo.filename ends at a NUL.
        name = info.orig_filename if "\0" in info.orig_filename else info.filename
        if not info.flag_bits & _NAMES_ARE_UTF8 and not name.isascii():
            try:
                # As macOS writes them.
                name = name.encode("cp437").decode()
            except UnicodeError:
                self._guessed = self._guessed or name
        # As some programs for Windows write them, against the format's rule.
        return name.replace("\\", "/")

    def _check_overlaps(self) -> None:
        """Refuse members that share bytes, which makes a small zip unpack to any size."""
        infos = sorted(self._zip.infolist(), key=lambda info: info.header_offset)
        begins = [info.header_offset for info in infos] + [self._zip.start_dir]
        for info, (begin, following) in zip(infos, pairwise(begins), strict=True):
            if begin < 0:
                raise ArchiveDamaged("the zip is damaged: its beginning is missing")
            if begin + _LOCAL_HEADER_BYTES + info.compress_size > following:
                raise ArchiveUnsafe(
                    f"{shown(info.filename)} and what follows it share bytes of the zip"
                )
