"""A folder as a tar that is never written."""

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.errors import WrongUse
from cli.pushing.folder_tar import FolderTar
from cli.pushing.source import ArchiveFile, SourceChanged

LONG = "longer than a header of a tar has room for " * 3
FILES = {
    "train/rose/1.png": b"a rose",
    "train/rose/empty.png": b"",
    "train/rose/block.png": bytes(range(256)) * 2,
    f"train/{LONG}/{LONG}.png": b"in a folder of long names",
    "train/tulpe/grün.png": bytes(700),
    "test/rose/notes.txt": b"no image",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "flowers"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "train" / ".hidden").touch()
    return folder


def members_of(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {member.name: archive.extractfile(member) for member in archive.getmembers()}
    return {name: file.read() for name, file in found.items() if file is not None}


def pieces(tar: FolderTar, size: int) -> Iterator[bytes]:
    for offset in range(0, tar.size, size):
        yield tar.read(offset, size)


def test_it_holds_the_files_that_are_not_hidden(folder: Path) -> None:
    tar = FolderTar(folder)
    assert members_of(tar.read(0, tar.size)) == FILES
    assert len(tar.read(0, 10 * tar.size)) == tar.size


@pytest.mark.parametrize("size", [1, 511, 512, 700])
def test_its_parts_make_the_whole_wherever_they_begin(folder: Path, size: int) -> None:
    tar = FolderTar(folder)
    assert b"".join(pieces(tar, size)) == tar.read(0, tar.size)


def test_the_same_files_make_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = FolderTar(folder)
    content = first.read(0, first.size)
    folder.rename(tmp_path / "moved")
    again = FolderTar(tmp_path / "moved")
    assert (again.read(0, again.size), again.fingerprint) == (content, first.fingerprint)


@pytest.mark.parametrize("change", [b"another rose", b"a r0se"])
def test_a_file_that_changes_meanwhile_is_not_sent(folder: Path, change: bytes) -> None:
    tar = FolderTar(folder)
    rose = folder / "train" / "rose" / "1.png"
    written_at = rose.stat().st_mtime_ns
    rose.write_bytes(change)
    os.utime(rose, ns=(written_at + 1, written_at + 1))
    with pytest.raises(SourceChanged, match=r"rose/1\.png was changed while it was being sent"):
        tar.read(0, tar.size)
    assert FolderTar(folder).fingerprint != tar.fingerprint


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(WrongUse, match="there are no images in"):
        FolderTar(tmp_path)


def test_an_archive_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "flowers.zip"
    path.write_bytes(b"0123456789")
    archive = ArchiveFile(path)
    assert (archive.size, archive.read(3, 4), archive.read(8, 4)) == (10, b"3456", b"89")
    path.write_bytes(b"others")
    with pytest.raises(SourceChanged):
        archive.read(0, 4)
    assert ArchiveFile(path).fingerprint != archive.fingerprint
