"""How an archive becomes a pack: what is taken for the data set, and in which form it is kept."""

import hashlib
import io
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable

import pytest

from store.packed_dataset import PackedDataset, PackLimits
from tests.support.archives import PETS, Files, make_tar, make_zip, tar_member
from tests.support.images import make_image
from worker.archives.packing import pack_archive

LIMITS = PackLimits(bytes=10**9, files=1000)
PACK = "e9287c0d2cbe4afd34b81217fd2eb0d1d31ecc3720349fcb97b7c1d31eb43eec"
"""Digest of the pack of PETS: with every version of Python, and for years."""


def pack(archive: bytes) -> tuple[PackedDataset, bytes]:
    target = io.BytesIO()
    packed = pack_archive(io.BytesIO(archive), target, LIMITS)
    return packed, target.getvalue()


def describe(files: Files) -> PackedDataset:
    return pack(make_zip(files))[0]


def names(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


class TestForm:
    @pytest.mark.parametrize(
        "make",
        [
            make_zip,
            lambda files: make_zip(files, method=zipfile.ZIP_STORED),
            make_tar,
            lambda files: make_tar(files, compressed_by="gz"),
            lambda files: make_tar(files, compressed_by="bz2"),
            lambda files: make_tar(files, compressed_by="xz"),
            lambda files: make_zip(dict(reversed(files.items()))),
            lambda files: make_tar({f"./a/b/{name}": files[name] for name in files}),
        ],
        ids=["zip", "stored", "tar", "gz", "bz2", "xz", "another order", "in folders"],
    )
    def test_the_same_images_are_the_same_pack_however_they_come(
        self, make: Callable[[Files], bytes]
    ) -> None:
        packed, content = pack(make(PETS))
        assert packed.pack_sha256 == hashlib.sha256(content).hexdigest()
        assert packed.pack_bytes == len(content)
        assert packed.pack_sha256 == PACK

    def test_a_file_with_holes_is_packed_as_it_is_read(self) -> None:
        """As tar writes them with --sparse, and some tars do without being asked."""
        info = tar_member("train/cat/3.png", tarfile.GNUTYPE_SPARSE)
        info.size = 100
        header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
        header[386:410] = b"%011o\0%011o\0" % (5000, 100)
        header[483:495] = b"%011o\0" % 5100
        header[148:155] = b"%06o\0" % sum(header[:148] + b" " * 8 + header[156:])
        with_holes = bytes(header) + b"x" * 100 + bytes(412) + make_tar(PETS)

        packed, _ = pack(with_holes)

        assert packed == describe({**PETS, "train/cat/3.png": bytes(5000) + b"x" * 100})

    def test_it_holds_the_images_in_the_order_of_their_paths_and_no_times(self) -> None:
        _, content = pack(make_tar(PETS))
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            assert opened.namelist() == sorted(PETS)
            assert {name: opened.read(name) for name in PETS} == PETS
            for info in opened.infolist():
                assert (info.compress_type, info.date_time[0]) == (zipfile.ZIP_STORED, 1980)

    def test_the_digest_is_of_contents_and_paths(self) -> None:
        lines = [f"{hashlib.sha256(PETS[path]).hexdigest()} {path}\n" for path in sorted(PETS)]
        assert describe(PETS).digest == hashlib.sha256("".join(lines).encode()).hexdigest()

    def test_what_is_in_it_is_told_and_can_be_sent_as_json(self) -> None:
        packed = describe(PETS)
        assert (packed.files, packed.bytes) == (5, sum(map(len, PETS.values())))
        assert (packed.train, packed.test) == ({"cat": 2, "dog": 2}, {"dog": 1})
        assert (packed.left_out, list(packed.notes)) == ({}, [])
        assert PackedDataset.from_dict(packed.to_dict()) == packed


class TestImageSize:
    def test_it_is_that_of_the_first_training_image(self) -> None:
        picture = io.BytesIO()
        make_image(height=6, width=9).save(picture, "PNG")
        for make in (make_zip, make_tar):
            packed, _ = pack(make({**PETS, "train/ant/1.png": picture.getvalue()}))
            assert packed.image_size == (6, 9)
            assert PackedDataset.from_dict(packed.to_dict()) == packed

    def test_the_first_image_may_be_of_any_size(self) -> None:
        for form in ("PNG", "WEBP", "AVIF"):
            picture = io.BytesIO()
            make_image(height=6, width=9).save(picture, form)
            content = picture.getvalue() + bytes(2**21)
            packed, _ = pack(make_tar({**PETS, "train/ant/1.png": content}))
            assert packed.image_size == (6, 9), form
        assert pack(make_tar({**PETS, "train/ant/1.png": bytes(2**21)}))[0].image_size is None

    def test_there_may_be_none(self) -> None:
        assert describe(PETS).image_size is None


class TestFolders:
    @pytest.mark.parametrize("name", ["test", "val", "valid", "validation", "VAL"])
    def test_a_test_set_has_one_of_four_names(self, name: str) -> None:
        files = {"train/a/1.png": b"", "train/b/1.png": b"", f"{name}/a/1.png": b""}
        _, content = pack(make_zip(files))
        assert names(content) == ["test/a/1.png", "train/a/1.png", "train/b/1.png"]

    def test_other_names_than_train_and_test_are_told(self) -> None:
        packed = describe({"Train/a/1.png": b"", "Train/b/1.png": b"", "val/a/1.png": b""})
        assert packed.notes == [
            '"Train" is used as the training set.',
            '"val" is used as the test set.',
        ]

    def test_folders_around_everything_are_passed_over_and_told(self) -> None:
        packed = describe({f"my/flowers/{name}": content for name, content in PETS.items()})
        assert packed.digest == describe(PETS).digest
        assert packed.notes == ['Everything is in the folder "my/flowers/", which is ignored.']

    @pytest.mark.parametrize("top", ["test", "train"])
    def test_the_folder_around_everything_may_have_any_name(self, top: str) -> None:
        files = {f"{top}/{name}": content for name, content in PETS.items()}
        assert describe(files).digest == describe(PETS).digest

    def test_a_class_may_have_the_name_of_a_set(self) -> None:
        classes = {"bus": 1, "train": 1, "val": 1}
        assert describe({f"train/{name}/1.png": b"" for name in classes}).train == classes

    def test_folders_of_classes_alone_are_the_training_set(self) -> None:
        packed = describe({"pets/cat/1.png": b"", "pets/dog/1.png": b""})
        assert packed.train == {"cat": 1, "dog": 1}
        assert packed.notes[1] == "There is no train/, so all folders are training classes."

    def test_folders_within_a_class_are_kept(self) -> None:
        packed, content = pack(make_zip({"a/x/1.png": b"", "a/y/1.png": b"", "b/1.png": b""}))
        assert packed.train == {"a": 2, "b": 1}
        assert names(content) == ["train/a/x/1.png", "train/a/y/1.png", "train/b/1.png"]

    def test_junk_is_left_out_without_a_word(self) -> None:
        junk = {
            "__MACOSX/train/cat/._1.png": b"",
            "train/.DS_Store": b"",
            "train/cat/.hidden.png": b"",
            "train/__pycache__/1.png": b"",
            "train/dog/Thumbs.db": b"",
        }
        assert describe({**PETS, **junk}) == describe(PETS)

    def test_files_that_are_no_images_are_counted_by_suffix(self) -> None:
        others = {
            "README.md": b"",
            "train/cat/1.TXT": b"",
            "train/cat/2.txt": b"",
            "train/dog/labels": b"",
            "train/dog/more.zip": make_zip(PETS),
        }
        packed = describe({**PETS, **others})
        assert packed.digest == describe(PETS).digest
        assert packed.left_out == {"": 1, ".md": 1, ".txt": 2, ".zip": 1}

    def test_images_outside_of_classes_are_left_out_and_told(self) -> None:
        strays = {"cover.png": b"", "extra/1.png": b"", "train/plan.png": b""}
        packed = describe({**PETS, **strays})
        assert packed.digest == describe(PETS).digest
        outside, loose = packed.notes
        assert outside.startswith("Left out: 2 images outside the folders of the training set")
        assert outside.endswith('such as "cover.png".')
        assert loose == 'Left out: 1 image outside the class folders, such as "train/plan.png".'

    def test_a_folder_without_images_is_no_class_and_told(self) -> None:
        packed = describe({**PETS, "train/emu/": b"", "train/fox/1.txt": b"", "train/cat/x/": b""})
        assert packed.train.keys() == {"cat", "dog"}
        assert packed.notes == ['Folders without images were left out: "train/emu", "train/fox".']


class TestNames:
    def test_they_are_composed(self) -> None:
        decomposed = unicodedata.normalize("NFD", "Käfer")
        assert "Käfer" in describe({f"{decomposed}/1.png": b"", "b/1.png": b""}).train

    @pytest.mark.parametrize("make", [make_zip, make_tar])
    def test_they_may_be_of_any_script(self, make: Callable[[Files], bytes]) -> None:
        files = {f"train/{name}/Bild 1 ü.png": b"" for name in ("猫", "Käfer", "נחש", "🐕", "a b")}
        assert set(names(pack(make(files))[1])) == files.keys()

    def test_a_zip_may_have_them_in_utf8_and_not_say_so(self) -> None:
        archive = without_utf8_mark("Käfer", "Käfer".encode())
        assert "Käfer" in pack(archive)[0].train

    def test_a_zip_that_does_not_say_how_they_are_written_has_them_in_cp437(self) -> None:
        packed, _ = pack(without_utf8_mark("Käfer", "Käfer_".encode("cp437")))
        assert "Käfer_" in packed.train
        assert packed.notes[0].startswith("The zip does not say how its names are encoded;")

    def test_a_zip_from_windows_may_have_backslashes(self) -> None:
        archive = make_zip({name.replace("/", "\\"): content for name, content in PETS.items()})
        assert pack(archive)[0].digest == describe(PETS).digest


def without_utf8_mark(name: str, as_bytes: bytes) -> bytes:
    """Return a zip with a class whose name is in the given bytes, without their encoding."""
    archive = make_zip({"x/1.png": b"", f"{'n' * len(as_bytes)}/1.png": b""})
    return archive.replace(b"n" * len(as_bytes), as_bytes)
