"""Packs an archive that anybody sent into the one form in which data sets are kept."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from store.content_digest import ContentDigest
from store.image_folder import size_of_image
from store.packed_dataset import PackedDataset, PackLimits
from worker.archives.archive import Archive, Member, damage_told
from worker.archives.errors import ArchiveDamaged, TooManyImages, shown
from worker.archives.layout import lay_out
from worker.archives.opening import open_archive
from worker.archives.set_aside import set_aside

_PIECE = 2**20
_LARGEST_LOOKED_INTO = 64 * 2**20
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100644 << 16


def pack_archive(
    source: BinaryIO,
    target: BinaryIO,
    limits: PackLimits,
    *,
    test_portion: float = 0.0,
    scratch: Callable[[], BinaryIO] = tempfile.TemporaryFile,
) -> PackedDataset:
    """Read a zip or a tar, and write the images of its data set as a pack.

    Args:
        source: the archive, which can be sought in.
        target: an empty file that can be read, too.
        limits: how much the archive may hold.
        test_portion: of each class's images, how many are set aside to test with; 0 for none.
        scratch: makes a file, for what a compressed tar holds.

    Raises:
        ArchiveError: the archive is not taken; the target holds some of a pack.
        OSError: a disk is full or fails.
    """
    with open_archive(source, limits, scratch) as archive:
        layout = lay_out(archive.members())
        _check_room(layout.images, limits)
        if test_portion:
            layout = set_aside(layout, test_portion)
        digest = _write(archive, layout.images, target)
        image_size = _first_size(archive, layout.images)
        notes = [*archive.notes(), *layout.notes]
    pack_bytes = target.tell()
    target.flush()
    return PackedDataset(
        digest=digest,
        bytes=sum(member.size for member in layout.images.values()),
        files=len(layout.images),
        pack_bytes=pack_bytes,
        pack_sha256=_sha256(target),
        train=layout.train,
        test=layout.test,
        image_size=image_size,
        left_out=layout.left_out,
        notes=notes,
    )


def _check_room(images: Mapping[str, Member], limits: PackLimits) -> None:
    """Refuse what would not be kept anyway. Raises TooManyImages."""
    size = sum(member.size for member in images.values())
    for found, most, what in (
        (size, limits.image_bytes, "bytes"),
        (len(images), limits.images, "images"),
    ):
        if most is not None and found > most:
            raise TooManyImages(
                f"this data set has {found:,} {what}, and your other data sets leave room for "
                f"{most:,}; delete some first"
            )


def _first_size(archive: Archive, images: Mapping[str, Member]) -> tuple[int, int] | None:
    """Look at one image: here, where a fault of what reads images harms nobody else."""
    first = next(path for path in images if path.startswith("train/"))
    if images[first].size > _LARGEST_LOOKED_INTO:
        return None
    with archive.open(images[first]) as content, damage_told(shown(first)):
        return size_of_image(content)


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _write(archive: Archive, images: Mapping[str, Member], target: BinaryIO) -> str:
    digest = ContentDigest()
    with ZipFile(target, "w", ZIP_STORED) as pack:
        for path, member in images.items():
            info = ZipInfo(path, date_time=_TIME)
            info.create_system, info.external_attr = _UNIX, _MODE
            # By its size, zipfile decides on the header's form.
            info.file_size = member.size
            with pack.open(info, "w") as packed:
                digest.add(path, _copy(archive, member, packed.write))
    return digest.hexdigest()


def _copy(archive: Archive, member: Member, write: Callable[[bytes], object]) -> str:
    """Copy a file, and return its sha256."""
    digest, left = hashlib.sha256(), member.size
    with archive.open(member) as content:
        while True:
            with damage_told(shown(member.path)):
                piece = content.read(_PIECE)
            if not piece:
                break
            left -= len(piece)
            digest.update(piece)
            write(piece)
    if left:
        raise ArchiveDamaged(f"{shown(member.path)} is not as long as the archive says")
    return digest.hexdigest()
