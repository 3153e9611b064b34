"""Archives that are not packed, and why."""

import errno
import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from typing import BinaryIO

import pytest

from store.packed_dataset import PackLimits
from tests.support.archives import PETS, Files, make_tar, make_zip, tar_member
from worker.archives import budget
from worker.archives.errors import (
    CODES,
    ArchiveDamaged,
    ArchiveDuplicate,
    ArchiveEncrypted,
    ArchiveError,
    ArchiveTooLarge,
    ArchiveUnknown,
    ArchiveUnsafe,
    LayoutRefused,
)
from worker.archives.packing import pack_archive

LIMITS = PackLimits(bytes=10**7, files=100)
Infos = list[zipfile.ZipInfo]


def refusal(archive: bytes, limits: PackLimits = LIMITS) -> ArchiveError:
    """Return why an archive is not packed."""
    with pytest.raises(ArchiveError) as caught:
        pack_archive(io.BytesIO(archive), io.BytesIO(), limits)
    assert str(caught.value).isprintable()
    return caught.value


def check(archive: bytes, error: type[ArchiveError], *parts: str) -> None:
    """Hold the kind of refusal, and that its message has the given parts."""
    found = refusal(archive)
    assert type(found) is error, found
    for part in parts:
        assert part in str(found)


def zip_with(change: Callable[[zipfile.ZipInfo], object]) -> bytes:
    """Return a zip that says something else of its first member."""
    return make_zip(PETS, change=lambda infos: change(infos[0]))


def mark_encrypted(info: zipfile.ZipInfo) -> None:
    info.flag_bits |= 1


def set_kind(kind: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (kind | 0o777) << 16

    return change


def share_bytes(infos: Infos) -> None:
    infos[1].header_offset = infos[0].header_offset


def say_size(size: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        info.file_size = size

    return change


class TestUnknown:
    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"", "not an archive"),
            (b"once upon a time" * 100, "not an archive"),
            (bytes(10_240), "not an archive"),
            (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
            (b"Rar!\x1a\x07", "a RAR archive"),
            (b"\x89PNG\r\n", "a PNG image"),
            (gzip.compress(b"once upon a time"), "no tar"),
            (gzip.compress(b""), "no tar"),
            (gzip.compress(make_zip(PETS)), "no tar"),
        ],
    )
    def test_what_is_no_archive_is_told_by_what_is_in_it(self, content: bytes, part: str) -> None:
        check(content, ArchiveUnknown, part)

    def test_a_way_to_compress_that_could_take_any_memory_is_not_read(self) -> None:
        archive = make_zip(PETS, method=zipfile.ZIP_BZIP2)
        check(archive, ArchiveUnknown, '"test/dog/1.png"', "method 12")


class TestUnsafe:
    @pytest.mark.parametrize("make", [make_zip, make_tar])
    @pytest.mark.parametrize(
        "name",
        ["../x.png", "train/a/../../../x.png", "/etc/x.png", "C:/x.png", "train/..", "c:x.png"],
    )
    def test_names_that_lead_elsewhere(self, make: Callable[[Files], bytes], name: str) -> None:
        check(make({**PETS, name: b""}), ArchiveUnsafe, f'"{name}"')

    def test_names_that_lead_elsewhere_by_backslashes(self) -> None:
        check(make_zip({**PETS, "..\\x.png": b""}), ArchiveUnsafe, '"../x.png"')
        check(make_tar({**PETS, "..\\x.png": b""}), ArchiveUnsafe)

    def test_names_that_would_end_early(self) -> None:
        archive = make_zip({**PETS, "train/cat/xyz.png": b""}).replace(b"xyz.png", b"x.p\0png")
        check(archive, ArchiveUnsafe, "x.p\\x00png")

    @pytest.mark.parametrize(
        ("kind", "what"),
        [
            (tarfile.SYMTYPE, "is a link"),
            (tarfile.LNKTYPE, "is a hard link"),
            (tarfile.CHRTYPE, "is a device"),
            (tarfile.BLKTYPE, "is a device"),
            (tarfile.FIFOTYPE, "is a device"),
            (b"V", "is neither a file nor a folder"),
        ],
    )
    @pytest.mark.parametrize("target", ["train/cat/1.png", "../../etc/passwd"])
    def test_links_and_devices_in_a_tar(self, kind: bytes, what: str, target: str) -> None:
        archive = make_tar(PETS, more=[tar_member("train/cat/9.png", kind, target)])
        check(archive, ArchiveUnsafe, f'"train/cat/9.png" {what}')

    @pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
    def test_links_and_devices_in_a_zip(self, kind: int) -> None:
        check(zip_with(set_kind(kind)), ArchiveUnsafe, '"train/cat/1.png" is a link or a device')

    def test_members_of_a_zip_that_share_their_bytes(self) -> None:
        check(make_zip(PETS, change=share_bytes), ArchiveUnsafe, "share bytes")


class TestDamaged:
    @pytest.mark.parametrize("kind", ["zip", "", "gz", "bz2", "xz"])
    @pytest.mark.parametrize("kept", [0.4, 0.8, 0.97])
    def test_archives_that_are_cut_off(self, kind: str, kept: float) -> None:
        archive = make_zip(PETS) if kind == "zip" else make_tar(PETS, compressed_by=kind)
        check(archive[: int(kept * len(archive.rstrip(b"\0")))], ArchiveDamaged)

    def test_a_zip_whose_end_is_missing_is_not_called_something_else(self) -> None:
        archive = make_zip(PETS)
        check(archive[: len(archive) // 2], ArchiveDamaged, "its table of contents is missing")

    @pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
    def test_archives_whose_checksum_does_not_fit(self, kind: str) -> None:
        files = {**PETS, "train/cat/3.png": bytes(range(256)) * 8}
        if kind == "zip":
            archive = bytearray(make_zip(files, method=zipfile.ZIP_STORED))
            archive[archive.index(bytes(range(256))) + 100] ^= 1
        else:
            archive = bytearray(make_tar(files, compressed_by=kind))
            archive[len(archive) // 2] ^= 1
        check(bytes(archive), ArchiveDamaged, *['"train/cat/3.png"'][: kind == "zip"])

    def test_a_tar_whose_damage_looks_like_its_end(self) -> None:
        archive = bytearray(make_tar(PETS))
        archive[archive.index(b"train/dog/1.JPG")] ^= 1
        check(bytes(archive), ArchiveDamaged, "no end mark")

    def test_a_tar_behind_a_tar(self) -> None:
        check(make_tar(PETS) + make_tar(PETS), ArchiveDamaged, "another tar")

    @pytest.mark.parametrize("size", [0, 4, 6])
    def test_a_zip_that_says_another_size(self, size: int) -> None:
        check(zip_with(say_size(size)), ArchiveDamaged, '"train/cat/1.png"')

    def test_a_zip_whose_beginning_is_missing(self) -> None:
        archive = make_zip(PETS, method=zipfile.ZIP_STORED)
        check(archive[archive.index(b"PK\x03\x04", 1) :], ArchiveDamaged)

    def test_a_tar_whose_headers_go_backwards(self) -> None:
        """A size below nothing leads back to the same header, for ever."""
        header = bytearray(tar_member("train/cat/9.png", tarfile.REGTYPE).tobuf())
        header[124:136] = (-512).to_bytes(12, "big", signed=True)
        header[148:155] = b"%06o\0" % sum(header[:148] + b" " * 8 + header[156:])
        check(make_tar(PETS)[:1024] + header + bytes(10_240), ArchiveDamaged)

    def test_a_tar_with_a_header_of_gigabytes(self) -> None:
        header = tar_member("train/cat/9.png", tarfile.XHDTYPE)
        header.size = 2**33
        check(header.tobuf(tarfile.GNU_FORMAT) + make_tar(PETS), ArchiveDamaged, "a header of")

    def test_a_tar_with_headers_of_headers(self) -> None:
        header = tar_member("././@LongLink", tarfile.GNUTYPE_LONGNAME).tobuf(tarfile.GNU_FORMAT)
        check(header * 3000 + make_tar(PETS), ArchiveDamaged)


class TestTooLarge:
    @pytest.mark.parametrize("make", [make_zip, make_tar])
    def test_more_bytes_than_are_allowed(self, make: Callable[[Files], bytes]) -> None:
        archive = make({**PETS, "train/cat/3.png": bytes(1000)})
        found = refusal(archive, PackLimits(bytes=1500, files=100))
        assert (type(found), str(found)) == (
            ArchiveTooLarge,
            "the archive's files take more than 1,500 bytes unpacked",
        )

    @pytest.mark.parametrize("make", [make_zip, make_tar])
    def test_more_members_than_are_allowed(self, make: Callable[[Files], bytes]) -> None:
        archive = make({**PETS, **{f"train/cat/{number}/": b"" for number in range(6)}})
        found = refusal(archive, PackLimits(bytes=10**6, files=10))
        assert (type(found), str(found)) == (
            ArchiveTooLarge,
            "the archive has more than 10 members",
        )

    @pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
    @pytest.mark.parametrize("name", ["train/cat/3.png", "zeros"])
    def test_little_that_unpacks_to_much(
        self, kind: str, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(budget, "_SPARE_BYTES", 10_000)
        files = {**PETS, name: bytes(10**6)}
        archive = make_zip(files) if kind == "zip" else make_tar(files, compressed_by=kind)
        found = refusal(archive)
        assert type(found) is ArchiveTooLarge
        assert "more than 100 times its size" in str(found)

    def test_a_compressed_tar_is_not_unpacked_past_what_is_allowed(self) -> None:
        archive = io.BytesIO(make_tar({"zeros": bytes(3 * 2**20)}, compressed_by="gz"))
        limits = PackLimits(bytes=1000, files=10)
        written = 0

        class Scratch(io.BytesIO):
            def close(self) -> None:
                nonlocal written
                written = len(self.getvalue())
                super().close()

        with pytest.raises(ArchiveTooLarge):
            pack_archive(archive, io.BytesIO(), limits, scratch=Scratch)
        assert written < 2**20

    def test_archives_in_an_archive_are_not_unpacked(self) -> None:
        bomb = make_zip({"train/cat/1.png": bytes(10**7)})
        packed = pack_archive(
            io.BytesIO(make_zip({**PETS, "train/cat/more.zip": bomb})), io.BytesIO(), LIMITS
        )
        assert packed.left_out == {".zip": 1}


class TestEncryptedAndDuplicate:
    def test_an_encrypted_member(self) -> None:
        check(zip_with(mark_encrypted), ArchiveEncrypted, '"train/cat/1.png" is encrypted')

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    @pytest.mark.parametrize("again", ["train/cat/1.png", "./train//cat/1.png"])
    def test_two_members_of_one_name(self, again: str) -> None:
        more = tar_member(again, tarfile.REGTYPE)
        check(make_tar(PETS, more=[more]), ArchiveDuplicate, 'two files named "train/cat/1.png"')

        archive = io.BytesIO(make_zip(PETS))
        with zipfile.ZipFile(archive, "a") as writer:
            writer.writestr(again, b"other")
        check(archive.getvalue(), ArchiveDuplicate, 'two files named "train/cat/1.png"')

    def test_two_names_that_differ_in_their_form_of_unicode_alone(self) -> None:
        files = {**PETS, "train/cat/\u00fc.png": b"1", "train/cat/u\u0308.png": b"2"}
        check(make_zip(files), ArchiveDuplicate, '"train/cat/\u00fc.png"')

    def test_a_file_that_is_a_folder_too(self) -> None:
        files = {**PETS, "train/cat/x.png": b"", "train/cat/x.png/y/1.png": b""}
        check(make_zip(files), ArchiveDuplicate, '"train/cat/x.png" is a file and a folder')


class TestLayout:
    @pytest.mark.parametrize(
        ("names", "parts"),
        [
            ([], ["holds no images"]),
            (["train/a/1.txt", "train/b/2.txt", "x"], ["2 .txt", "1 without a suffix"]),
            (["1.png", "2.png"], ["no image in the archive is in a folder of its class"]),
            (["train/1.png", "test/a/1.png"], ["no image in train is in a folder of its class"]),
            (["train/a/1.png"], ['in one folder, "a"', "at least 2 classes"]),
            (["a/1.png", "a/2.png"], ['in one folder, "a"']),
            (
                ["train/f/a/1.png", "train/f/b/1.png"],
                ['the folders "a", "b"', "move them up one level"],
            ),
            (["train/a/1.png", "train/b/1.png", "test/c/1.png"], ['no training images, of "c"']),
            (
                ["train/a/1.png", "test/a/1.png", "val/a/1.png"],
                ['could be "test" or "val"'],
            ),
            (["train/a/1.png", "Train/b/1.png"], ['could be "Train" or "train"']),
            (["test/a/1.png", "test/b/1.png"], ['a test set, "test"', "no folder train/"]),
            (["a\nb/1.png", "c/1.png"], ["a\\nb/1.png", "cannot be printed"]),
            (["a\u202eb/1.png", "c/1.png"], ["a\\u202eb/1.png", "cannot be printed"]),
            ([f"{'ü' * 128}/1.png", "c/1.png"], ["is too long", "255 bytes"]),
            (["c/" + "d/" * 500 + "1.png", "e/1.png"], ["is too long", "1000"]),
        ],
    )
    def test_what_is_no_data_set_is_told(self, names: list[str], parts: list[str]) -> None:
        check(make_zip(dict.fromkeys(names, b"")), LayoutRefused, *parts)

    def test_a_name_that_is_no_text(self) -> None:
        archive = make_tar({**PETS, "train/cat/\udcff.png": b""})
        check(archive, LayoutRefused, "train/cat/\\udcff.png", "is not UTF-8")


def test_each_refusal_has_a_code() -> None:
    assert set(CODES) == set(ArchiveError.__subclasses__())


def test_a_full_disk_is_no_fault_of_the_archive() -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def pack(archive: bytes, target: BinaryIO, scratch: Callable[[], BinaryIO]) -> None:
        with pytest.raises(OSError, match="No space left"):
            pack_archive(io.BytesIO(archive), target, LIMITS, scratch=scratch)

    pack(make_zip(PETS), Full(), io.BytesIO)
    pack(make_tar(PETS, compressed_by="gz"), io.BytesIO(), Full)
