"""What unpacking an archive may take, whatever it says of itself."""

from store.packed_dataset import PackLimits
from worker.archives.errors import ArchiveTooLarge

_MOST_RATIO = 100
_SPARE_BYTES = 64 * 2**20
_HEADER_BYTES = 1536
"""Of a member of a tar: its own, and one for a long name."""


class Budget:
    """Counts what is unpacked."""

    def __init__(self, limits: PackLimits, archive_bytes: int) -> None:
        self._limits = limits
        self._most_bytes = min(limits.bytes, _MOST_RATIO * archive_bytes + _SPARE_BYTES)
        self._members = 0
        self._bytes = 0

    def take_member(self, size: int) -> None:
        """Count a member of so many bytes, as the archive says.

        Raises:
            ArchiveTooLarge: the members before it and this one are more than allowed.
        """
        self._members += 1
        self._bytes += size
        if self._members > self._limits.files:
            raise ArchiveTooLarge(f"the archive has more than {self._limits.files:,} members")
        if self._bytes > self._most_bytes:
            raise self._too_many_bytes()

    def check_unpacked(self, unpacked_bytes: int) -> None:
        """Look at how much of a compressed tar was unpacked so far.

        Raises:
            ArchiveTooLarge: it is more than members that are allowed would take.
        """
        if unpacked_bytes > self._most_bytes + _HEADER_BYTES * (self._limits.files + 20):
            raise self._too_many_bytes()

    def _too_many_bytes(self) -> ArchiveTooLarge:
        if self._most_bytes < self._limits.bytes:
            return ArchiveTooLarge(
                f"the archive's files unpack to more than {_MOST_RATIO} times its size"
            )
        return ArchiveTooLarge(
            f"the archive's files take more than {self._limits.bytes:,} bytes unpacked"
        )
