"""A folder of images with one of each fault."""

import base64
import os
import struct
import unicodedata
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.images import make_image, make_image_folder

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA"
    "AAAAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAFgAAgAAAAACRAABAAAAAAAAACQAAAA4aWlu"
    "ZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAB"
    "B2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkA"
    "AAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAIAAAAAEAAAAA"
    "AAAAAv///+AAAAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAa"
    "aXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAIRtZGF0AAAAVCgBrwT4QTVls7Xqj2mGRd4zDLgEYfW08cI+tu5/MC/a"
    "NP4anzf8L6I/aEwFxf0C/3o/8I6Z8Jrx3KcEfM+RT7l3W0I+n9Z0ORR2n4CX9ZkAdc10/AAAAAZFeGlmAABNTQAq"
    "AAAACAABARIAAwAAAAEABgAAAAAAAA=="
)
"""A photo of a phone held upright: 64×32 pixels, to be turned."""

SIDE = 32


def make_faulty_folder(data_dir: Path) -> Path:
    """Write a data set `pets` with one of each fault; return its folder."""
    train = make_image_folder(
        data_dir, classes={"cat": 120, "dog": 12, "Dog": 12, "few": 3}, height=SIDE, width=SIDE
    )
    make_image_folder(data_dir, classes={}, split="val")
    pets = train.parent
    _spoil_files(train)
    _spoil_classes(train)
    _spoil_names(train)
    _copy_pictures(train, pets / "val")
    return pets


def png_file(width: int, height: int, *, bits: int = 8, rows: bytes = b"\0") -> bytes:
    """Return an RGB PNG file that says how large it is, whatever it holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def save_deep(path: Path, most: int) -> None:
    """Save a grey image with 16 bits a pixel, from 0 to `most`."""
    values = np.linspace(0, most, SIDE**2).astype(np.uint16).reshape(SIDE, SIDE)
    Image.fromarray(values).save(path)


def _spoil_files(train: Path) -> None:
    cat = train / "cat"
    whole = (cat / "000.png").read_bytes()
    (cat / "torn.png").write_bytes(whole[: len(whole) // 2])
    (cat / "bomb.png").write_bytes(png_file(9_000, 8_000))
    Image.fromarray(np.full((SIDE, SIDE), 0.5, dtype=np.float32)).save(cat / "float.tif")
    save_deep(cat / "deep.png", 4_000)
    make_image(500, height=SIDE, width=9).save(cat / "wide.png")
    Image.new("RGB", (SIDE, SIDE)).save(cat / "black.png")
    Image.new("RGB", (SIDE, SIDE), "red").save(cat / "red.png")
    _image(501).convert("L").save(cat / "grey.png")
    seen_through = _image(502).convert("RGBA")
    seen_through.putpixel((0, 0), (0, 0, 0, 0))
    seen_through.save(cat / "glass.png")
    frames = [_image(503), _image(504)]
    frames[0].save(cat / "film.webp", save_all=True, append_images=frames[1:], lossless=True)
    orientation = Image.Exif()
    orientation[0x0112] = 6
    _image(505).save(cat / "turned.png", exif=orientation)
    Image.new("L", (9_000, 8_000), "grey").save(cat / "large.jpg")
    (cat / "phone.heic").write_bytes(HEIC)
    (cat / "notes.txt").touch()
    (cat / "README").touch()
    os.mkfifo(cat / "pipe.png")
    (cat / "lost.png").symlink_to("nowhere.png")
    (cat / "far.png").symlink_to("x" * 300)  # refused by the system, even to root
    outside = train.parent.parent / "elsewhere.png"
    _image(506).save(outside)
    (cat / "link.png").symlink_to(outside)
    (cat / "more").mkdir()
    _image(507).save(cat / "more" / "deeper.png")
    _image(508).save(train / "stray.png")


def _spoil_classes(train: Path) -> None:
    (train / "empty").mkdir()
    (train / "alone").mkdir()
    _image(510).save(train / "alone" / "0.png")
    (train / "lost+found").mkdir()
    (train / "gone").symlink_to("nowhere")
    (train / "round").symlink_to("round")
    (train / "twin").symlink_to("dog")
    (train.parent / "drafts").mkdir()


def _spoil_names(train: Path) -> None:
    _make_class(train / unicodedata.normalize("NFC", "café"), seed=520)
    _make_class(train / unicodedata.normalize("NFD", "café"), seed=540)
    _make_class(train / "two\nlines", seed=560)
    _make_class(Path(os.fsdecode(os.fsencode(train) + b"/\xe9")), seed=580)


def _make_class(folder: Path, *, seed: int) -> None:
    folder.mkdir()
    for number in range(12):
        _image(seed + number).save(folder / f"{number}.png")


def _copy_pictures(train: Path, test: Path) -> None:
    (test / "cat").mkdir(parents=True)
    (test / "bird").mkdir()
    _image(600).save(test / "bird" / "0.png")
    photo = make_photo()
    photo.save(train / "cat" / "photo.png")
    photo.save(train / "cat" / "photo again.png")
    photo.save(train / "Dog" / "photo.png")
    make_photo(4).save(train / "few" / "once.png")
    make_photo(4).save(train / "few" / "twice.png")
    make_photo(1).save(train / "cat" / "seen.png")
    make_photo(1).save(test / "cat" / "seen.png")
    make_photo(2).save(train / "dog" / "like.png")
    make_photo(2).save(train / "Dog" / "like.jpg", quality=80)
    make_photo(3).save(train / "dog" / "test.png")
    make_photo(3).save(test / "cat" / "test.jpg", quality=80)


def make_photo(seed: int = 0) -> Image.Image:
    """Return a picture that has coarse and fine parts, as photos have."""
    picture = _image(700 + seed)
    for side in (16, 8, 4):
        coarser = make_image(700 + seed, height=side, width=side).resize((SIDE, SIDE))
        picture = Image.blend(picture, coarser, 0.6)
    return picture


def _image(seed: int) -> Image.Image:
    return make_image(seed, height=SIDE, width=SIDE)
