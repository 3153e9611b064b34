"""Archives of images, sound and otherwise. No image in them is one: nothing here opens them."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

Files = Mapping[str, bytes]
PETS: Files = {
    "train/cat/1.png": b"first",
    "train/cat/2.png": b"second" * 100,
    "train/dog/1.JPG": b"third",
    "train/dog/zwölf.webp": b"fourth",
    "test/dog/1.png": b"",
}


def make_zip(
    files: Files,
    *,
    method: int = zipfile.ZIP_DEFLATED,
    change: Callable[[list[zipfile.ZipInfo]], object] = lambda _: None,
) -> bytes:
    """Return a zip.

    Args:
        files: what is in it; folders have names that end with a slash.
        method: how it is compressed.
        change: changes what the zip's end says of its members.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as writer:
        for name, content in files.items():
            writer.writestr(name, content)
        change(writer.filelist)
    return archive.getvalue()


def make_tar(
    files: Files, *, compressed_by: str = "", more: Iterable[tarfile.TarInfo] = ()
) -> bytes:
    """Return a tar.

    Args:
        files: what is in it; folders have names that end with a slash.
        compressed_by: `gz`, `bz2`, `xz` or nothing.
        more: members without content, put behind the files.
    """
    archive = io.BytesIO()
    mode: Any = f"w:{compressed_by}"
    with tarfile.open(fileobj=archive, mode=mode) as writer:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            writer.addfile(info, io.BytesIO(content))
        for info in more:
            writer.addfile(info)
    return archive.getvalue()


def tar_member(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return a member of a tar that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def hold_pack(content: bytes, digest: str) -> None:
    """Hold that a pack has this digest, and can be unpacked into a folder."""
    lines = []
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        names = pack.namelist()
        assert names == sorted(set(names), key=str.encode)
        for name in names:
            path = PurePosixPath(name)
            assert path.parts[0] in {"train", "test"}
            assert len(path.parts) > 2
            assert path.as_posix() == name
            assert not {"..", "\0", "\\", "\n"} & {*path.parts, *name}
            lines.append(f"{hashlib.sha256(pack.read(name)).hexdigest()} {name}\n")
    assert digest == hashlib.sha256("".join(lines).encode()).hexdigest()
