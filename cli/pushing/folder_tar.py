"""A folder as a tar that is never written: each of its bytes is made when it is sent.

Names come in one order, and times, owners and modes are left out. So the same files make the same
bytes, and a second try goes on in the middle.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from tarfile import BLOCKSIZE, PAX_FORMAT, TarInfo

from cli.errors import WrongUse
from cli.pushing.source import fingerprint_of, read_part, state_of
from store.image_folder import walk_files
from store.image_names import is_image

_END = bytes(2 * BLOCKSIZE)
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    """Below the folder."""
    state: tuple[int, int]
    header_bytes: int

    @property
    def size(self) -> int:
        return self.state[0]

    @property
    def whole_bytes(self) -> int:
        return self.header_bytes + self.size + -self.size % BLOCKSIZE


class FolderTar:
    """The files of a folder, as a tar.

    Raises:
        WrongUse: there are no images.
        OSError: a folder or a file cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._entries = [_entry(root, path) for path in walk_files(root, on_error=_raise)]
        if not any(is_image(Path(entry.path)) for entry in self._entries):
            raise WrongUse(f"there are no images in {root}")
        ends = accumulate(entry.whole_bytes for entry in self._entries)
        self._starts = [0, *ends]

    @property
    def size(self) -> int:
        """How many bytes the tar has."""
        return self._starts[-1] + len(_END)

    @property
    def fingerprint(self) -> str:
        """Tells these files from others, and from those that were changed."""
        return fingerprint_of([(entry.path, *entry.state) for entry in self._entries])

    def read(self, offset: int, size: int) -> bytes:
        """Return so many of its bytes from a place on.

        Raises:
            SourceChanged: a file is not what it was.
            OSError: a file cannot be read.
        """
        return b"".join(self._pieces(offset, min(offset + size, self.size)))

    def _pieces(self, begin: int, end: int) -> Iterator[bytes]:
        number = max(bisect_right(self._starts, begin) - 1, 0)
        while number < len(self._entries) and begin < end:
            start, entry = self._starts[number], self._entries[number]
            piece = self._part_of(entry, begin - start, min(end - start, entry.whole_bytes))
            yield piece
            begin += len(piece)
            number += 1
        if begin < end:
            yield _END[begin - self._starts[-1] : end - self._starts[-1]]

    def _part_of(self, entry: _Entry, begin: int, end: int) -> bytes:
        """Return a part of an entry: of its header, its file, and the zeros after it."""
        header = _header(entry.path, entry.size)[begin:end]
        first, last = (max(at - entry.header_bytes, 0) for at in (begin, end))
        content = b""
        if first < min(last, entry.size):
            wanted = min(last, entry.size) - first
            content = read_part(self._root / entry.path, entry.state, first, wanted)
        return (header + content).ljust(end - begin, b"\0")


def _entry(root: Path, path: Path) -> _Entry:
    state = state_of(path.stat())
    below = path.relative_to(root).as_posix()
    return _Entry(below, state, len(_header(below, state[0])))


def _header(path: str, size: int) -> bytes:
    info = TarInfo(path)
    info.size, info.mode = size, _MODE
    return info.tobuf(PAX_FORMAT, "utf-8", "surrogateescape")


def _raise(error: OSError) -> None:
    raise error
