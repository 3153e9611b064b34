"""Archives made up by chance: whatever comes is packed or refused, and nothing else happens.

Each is made from a number, so one that fails is made again with `make_archive(number)`.
"""

import asyncio
import hashlib
import io
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from api.http.errors import ApiError
from api.resources.archive_packer import ArchivePacker
from store.packed_dataset import PackedDataset, PackLimits
from tests.support.fuzzed_archives import make_archive
from worker.archives.errors import ArchiveError
from worker.archives.packing import pack_archive

LIMITS = PackLimits(bytes=10**6, files=200)


def hold(packed: PackedDataset, content: bytes) -> None:
    """Hold that a pack is what it is said to be, and can be unpacked into a folder."""
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
        sizes = [info.file_size for info in pack.infolist()]
    assert packed.digest == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert (packed.bytes, packed.files) == (sum(sizes), len(sizes))
    assert packed.bytes <= LIMITS.bytes
    assert packed.pack_sha256 == hashlib.sha256(content).hexdigest()


def test_each_is_packed_or_refused() -> None:
    outcomes: set[type[object]] = set()
    for number in range(300):
        target = io.BytesIO()
        try:
            packed = pack_archive(io.BytesIO(make_archive(number)), target, LIMITS)
        except ArchiveError as error:
            outcomes.add(type(error))
        else:
            outcomes.add(PackedDataset)
            hold(packed, target.getvalue())
    assert PackedDataset in outcomes
    assert len(outcomes) > 5, "too few of them are refused for reasons of their own"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_thousand_leave_nothing_behind_and_take_little(tmp_path: Path) -> None:
    packer = ArchivePacker(folder=tmp_path)

    async def refusal(number: int) -> ApiError | None:
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(make_archive(number))
            try:
                packed = await packer.pack(str(number % 3), source, target, LIMITS)
            except ApiError as error:
                return error
            hold(packed, target.read())
            return None

    async def refusals() -> dict[int, ApiError]:
        found: dict[int, ApiError | None] = {}
        for begin in range(0, 1000, 10):
            numbers = range(begin, begin + 10)
            found.update(zip(numbers, await asyncio.gather(*map(refusal, numbers)), strict=True))
        return {number: error for number, error in found.items() if error is not None}

    found = asyncio.run(refusals())
    assert 0 < len(found) < 1000
    assert [number for number, error in found.items() if error.status >= 500] == []
    # The kernel holds each process to little memory: a refusal would say so.
    assert [number for number, error in found.items() if "memory" in error.detail] == []
    assert list(tmp_path.iterdir()) == []
