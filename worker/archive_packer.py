"""A program that packs an archive of images: `python -m worker.archive_packer … < ARCHIVE`.

It prints a line once it has begun, and then JSON. The archive may be anybody's, so the process may
use only so much, and may well die of it. Nothing that it writes has a name: whoever started it has
the pack open, and its own file for what a compressed tar holds is gone with it.
"""

import errno
import io
import json
import os
import sys
from typing import Any, BinaryIO, cast

from store.packed_dataset import PackLimits
from worker.archives.errors import CODES, ArchiveError, ArchiveTooLarge
from worker.archives.packing import pack_archive
from worker.own_limits import limit_process

_SPARE_BYTES = 256 * 2**20
_MEMORY_PER_FILE = 2048
"""Of names of a usual length, 200,000 files take 1,300 bytes each."""
_DISK_PER_FILE = 4096
"""What a pack, or a tar, takes of a file besides its content."""
_BUFFER_BYTES = 2**20


def main() -> None:
    """Read standard input, and print what was packed.

    Its arguments are numbers: how many bytes and files an archive may hold, the open file that
    the pack is written to, how many seconds it may take (of processor time, and in all), which
    portion of the images is set aside to test with, and how many bytes and images there is room
    for (-1 for any number).
    """
    most_bytes, most_files, target_number, cpu_seconds, seconds = map(int, sys.argv[1:6])
    test_portion = float(sys.argv[6])
    image_bytes, images = (None if text == "-1" else int(text) for text in sys.argv[7:9])
    limits = PackLimits(bytes=most_bytes, files=most_files, image_bytes=image_bytes, images=images)
    limit_process(
        cpu_seconds=cpu_seconds,
        seconds=seconds,
        memory_bytes=_SPARE_BYTES + _MEMORY_PER_FILE * most_files,
        file_bytes=2**20 + most_bytes + _DISK_PER_FILE * most_files,
    )
    sys.stdout.write("packing\n")
    sys.stdout.flush()
    source = cast("BinaryIO", io.BufferedReader(_SharedFile(sys.stdin.fileno()), _BUFFER_BYTES))
    with os.fdopen(target_number, "r+b", _BUFFER_BYTES) as target:
        json.dump(describe(source, target, limits, test_portion), sys.stdout)


def describe(
    source: BinaryIO, target: BinaryIO, limits: PackLimits, test_portion: float
) -> dict[str, Any]:
    """Pack an archive, and return what is printed about it."""
    try:
        packed = pack_archive(source, target, limits, test_portion=test_portion)
        return {"packed": packed.to_dict()}
    except ArchiveError as error:
        return {"refused": CODES[type(error)], "detail": str(error)}
    except OSError as error:
        if error.errno == errno.EFBIG:
            return {
                "refused": CODES[ArchiveTooLarge],
                "detail": "what the archive holds takes too much room unpacked",
            }
        return {"failed": str(error)}


class _SharedFile(io.RawIOBase):
    """A file that others have open too: where it stands there does not change."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = os.preadv(self._number, [buffer], self._position)
        self._position += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begins = {
            os.SEEK_SET: 0,
            os.SEEK_CUR: self._position,
            os.SEEK_END: os.fstat(self._number).st_size,
        }
        position = begins[whence] + offset
        if position < 0:
            raise ValueError("a position before the file's begin")
        self._position = position
        return position


if __name__ == "__main__":
    main()
