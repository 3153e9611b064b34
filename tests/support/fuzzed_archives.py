"""Archives made up by chance, from a seed: some sound, most of them wrong in one way or another."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

from tests.support.archives import PETS

_PARTS = (
    ("train", "test", "cat", "dog") * 3
    + ("Train", "val", "top", "猫", "u\u0308", "\u00fc", "..", ".", "", "C:", "a\\..\\b", "\r\n")
    + ("\x00", "\u202e", "n" * 255, "n" * 300, "__MACOSX", ".hidden", "con", "$HOME", "%s", "~")
)
_SUFFIXES = (".png",) * 5 + (".JPG", ".txt", "", ".zip", ".p\ng")
_KINDS = (tarfile.REGTYPE,) * 6 + (
    *(tarfile.AREGTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE),
    *(tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_LONGNAME),
    *(tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE, tarfile.XGLTYPE, b"V"),
)
_FIELDS = ((0, 100), (124, 136), (156, 157), (157, 257), (257, 265), (345, 512))
"""Of a header: name, size, kind, target, form, and what depends on the form."""
_KEYS = (
    *("size", "path", "linkpath", "mtime", "hdrcharset", "GNU.sparse.size", "GNU.sparse.map"),
    *("GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.name", "x"),
)
_NUMBERS = (0, 1, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1)


def make_archive(seed: int) -> bytes:
    """Return the archive of a seed."""
    random = Random(seed)
    return _torn(random, random.choice((_make_zip, _make_tar))(random))


def _members(random: Random) -> list[tuple[str, bytes]]:
    members = list(PETS.items()) if random.random() < 0.8 else []
    top = random.choice(("", "", "top/", "a/b/"))
    members = [(top + name, content) for name, content in members]
    for _ in range(random.choice((0, 0, 1, 2, 5))):
        content = random.choice((b"", b"x", random.randbytes(3000), bytes(100_000)))
        members.insert(random.randint(0, len(members)), (_name(random), content))
    return members


def _name(random: Random) -> str:
    name = "/".join(random.choices(_PARTS, k=random.randint(0, 4)))
    return f"{name}/{random.randint(0, 3)}{random.choice(_SUFFIXES)}"


def _make_zip(random: Random) -> bytes:
    archive = io.BytesIO()
    method = random.choice((*[zipfile.ZIP_DEFLATED] * 4, zipfile.ZIP_STORED, zipfile.ZIP_LZMA))
    with warnings.catch_warnings(), zipfile.ZipFile(archive, "w", method) as writer:
        warnings.simplefilter("ignore")
        for name, content in _members(random):
            writer.writestr(name.replace("\0", "") or "x", content)
        if writer.filelist and random.random() < 0.4:
            _lie(random, random.choice(writer.filelist), writer.filelist[0])
    return archive.getvalue()


def _lie(random: Random, info: zipfile.ZipInfo, first: zipfile.ZipInfo) -> None:
    """Let the end of a zip say something else of a member."""
    number = random.choice((random.randint(0, 10_000), 0, 1, 2**16 - 1, 2**31 - 1, 2**40))
    lies: list[tuple[str, Any]] = [
        ("flag_bits", random.getrandbits(16)),
        ("external_attr", random.getrandbits(32)),
        ("file_size", number),
        ("compress_size", number),
        ("CRC", random.getrandbits(32)),
        ("header_offset", random.choice((first.header_offset, number))),
        ("compress_type", random.choice((0, 8, 9, 12, 14, 93, 99))),
        ("extra", random.randbytes(random.randint(0, 40))),
        ("extra", struct.pack("<HH", 1, 24) + random.randbytes(24)),
        ("create_system", random.randint(0, 20)),
        ("extract_version", random.randint(0, 99)),
        ("comment", random.randbytes(random.randint(0, 60_000))),
    ]
    for name, value in random.sample(lies, k=random.randint(1, 2)):
        setattr(info, name, value)


def _make_tar(random: Random) -> bytes:
    form = random.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    blocks = [_tar_member(random, name, content, form) for name, content in _members(random)]
    archive = b"".join(blocks) + bytes(random.choice((1024, 10_240, 10_240, 512, 0)))
    compress: Callable[[bytes], bytes] = random.choice(
        (bytes, bytes, gzip.compress, bz2.compress, lzma.compress)
    )
    return compress(_torn(random, archive) if random.random() < 0.3 else archive)


def _tar_member(random: Random, name: str, content: bytes, form: Any) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    if random.random() < 0.1:
        info.type = random.choice(_KINDS)
        info.linkname = _name(random)
    if random.random() < 0.05:
        values = (*map(str, _NUMBERS), "-1", "../x", "", "1e99", "0,1,2", "BINARY", "\udcff")
        info.pax_headers = {random.choice(_KEYS): random.choice(values) for _ in range(2)}
    try:
        header = bytearray(info.tobuf(form, "utf-8", "surrogateescape"))
    except (ValueError, UnicodeError):
        return b""
    if random.random() < 0.1:
        _change_header(random, header)
    return bytes(header) + content + bytes(-len(content) % tarfile.BLOCKSIZE)


def _change_header(random: Random, header: bytearray) -> None:
    """Change a field of a header, and let its checksum fit."""
    begin, end = random.choice(_FIELDS)
    length = end - begin
    header[begin:end] = random.choice(
        (
            random.randbytes(length),
            b"\xff" * length,
            b"\x80".ljust(length, b"\xff"),
            b"7" * length,
            b" " * length,
        )
    )
    header[148:156] = b" " * 8
    header[148:155] = b"%06o\0" % sum(header[:512])


def _torn(random: Random, archive: bytes) -> bytes:
    """Return an archive as a bad line or somebody's ill will leaves it."""
    if not archive or random.random() < 0.4:
        return archive
    torn = bytearray(archive)
    for _ in range(random.choice((1, 1, 2, 10))):
        at = random.randint(0, len(torn))
        match random.randint(0, 5):
            case 0:
                del torn[at:]
            case 1:
                del torn[at : at + random.randint(1, 600)]
            case 2:
                torn[at:at] = torn[: random.randint(0, 600)]
            case 3:
                torn[at : at + 8] = random.choice(_NUMBERS).to_bytes(8, "little")
            case 4:
                torn[at : at + 1] = random.randbytes(1)
            case _:
                torn[at:at] = bytes(random.choice((1, 512)))
    return bytes(torn)
