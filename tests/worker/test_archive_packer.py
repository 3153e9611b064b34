"""The program that packs archives of strangers, as the interface runs it."""

import asyncio
import io
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import BinaryIO, cast
from zlib import crc32

import pytest

from api.http.errors import (
    ApiError,
    ArchiveDamaged,
    ArchiveTooLarge,
    ArchiveUnsafe,
    ArtifactsUnavailable,
)
from api.resources import mortal_program
from api.resources.archive_packer import REFUSALS, ArchivePacker, _told
from api.resources.mortal_program import Program
from store.packed_dataset import PackedDataset, PackLimits
from tests.support.archives import PETS, make_tar, make_zip
from worker.archive_packer import describe
from worker.archives.errors import CODES
from worker.archives.packing import pack_archive

LIMITS = PackLimits(bytes=10**7, files=100)


def pack(archive: bytes, folder: Path, limits: PackLimits = LIMITS) -> tuple[PackedDataset, bytes]:
    """Pack an archive in a process of its own; the folder has room for what it needs."""

    async def run() -> PackedDataset:
        return await ArchivePacker(folder=folder).pack("ada", source, target, limits)

    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(archive)
        try:
            return asyncio.run(run()), target.read()
        finally:
            assert source.tell() == len(archive)
            assert list(folder.iterdir()) == []


def test_it_packs_as_it_is_done_here(tmp_path: Path) -> None:
    for archive in (make_zip(PETS), make_tar(PETS, compressed_by="gz")):
        target = io.BytesIO()
        packed = pack_archive(io.BytesIO(archive), target, LIMITS)
        assert pack(archive, tmp_path) == (packed, target.getvalue())


def test_it_says_why_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnsafe) as caught:
        pack(make_zip({**PETS, "../käfer.png": b""}), tmp_path)
    assert caught.value.detail == '"../käfer.png" leads out of its folder'


def test_one_archive_of_an_owner_is_packed_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    others: list[int] = []
    start = mortal_program._start

    def start_and_count(program: Program) -> "subprocess.Popen[bytes]":
        others.append(sum(process.poll() is None for process in started))
        started.append(start(program))
        return started[-1]

    async def pack_two() -> None:
        packer = ArchivePacker(folder=tmp_path)
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(make_zip(PETS))
            await asyncio.gather(*(packer.pack("ada", source, target, LIMITS) for _ in range(2)))

    monkeypatch.setattr(mortal_program, "_start", start_and_count)
    asyncio.run(pack_two())
    assert others == [0, 0]


def test_each_refusal_is_an_error_of_the_interface() -> None:
    assert set(CODES.values()) == set(REFUSALS)


def test_it_may_use_so_much_memory(tmp_path: Path) -> None:
    archive = bytearray(make_tar(PETS, compressed_by="xz"))
    header = slice(12, 12 + 4 * (archive[12] + 1) - 4)
    # How much of what was unpacked the decompressor has to keep: 1.5 GiB.
    archive[header.start + 4] = 37
    archive[header.stop : header.stop + 4] = crc32(archive[header]).to_bytes(4, "little")
    with pytest.raises(ArchiveTooLarge, match="too much memory"):
        pack(bytes(archive), tmp_path)


def test_where_there_is_no_room_it_is_not_the_archives_fault() -> None:
    with Path("/dev/full").open("r+b", buffering=0) as full:
        told = describe(io.BytesIO(make_zip(PETS)), cast("BinaryIO", full), LIMITS, 0.0)
    assert told == {"failed": "[Errno 28] No space left on device"}


@pytest.mark.parametrize(
    ("status", "output", "errors", "error"),
    [
        (-signal.SIGXCPU, b"packing\n", b"", ArchiveTooLarge),
        (-signal.SIGALRM, b"packing\n", b"", ArchiveTooLarge),
        (-signal.SIGKILL, b"packing\n", b"", ArchiveTooLarge),
        (1, b"packing\n", b"MemoryError", ArchiveTooLarge),
        (-signal.SIGSEGV, b"packing\n", b"", ArchiveDamaged),
        (0, b'packing\n{"failed": "No space left on device"}', b"", ArtifactsUnavailable),
    ],
)
def test_what_it_dies_of_is_told(
    status: int, output: bytes, errors: bytes, error: type[ApiError]
) -> None:
    with pytest.raises(error):
        _told(subprocess.CompletedProcess([], status, stdout=output, stderr=errors))


def test_a_packer_that_does_not_start_is_a_defect() -> None:
    with pytest.raises(RuntimeError, match="no such module"):
        _told(subprocess.CompletedProcess([], 1, stdout=b"", stderr=b"no such module"))
