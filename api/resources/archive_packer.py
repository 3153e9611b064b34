"""Packs archives of images, in processes that may die: anybody sent what they read.

There are few at a time, and one of each owner: whoever sends archives that take long keeps nobody
else waiting.
"""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO
from weakref import WeakValueDictionary

from fastapi.concurrency import run_in_threadpool

from api.http.errors import (
    ApiError,
    ArchiveDamaged,
    ArchiveDuplicate,
    ArchiveEncrypted,
    ArchiveTooLarge,
    ArchiveUnknown,
    ArchiveUnsafe,
    ArtifactsUnavailable,
    DatasetLayoutUnknown,
    TooManyImages,
)
from api.resources.mortal_program import Ended, Program, run_program
from api.resources.turns import Turns
from store.packed_dataset import PackedDataset, PackLimits

_AT_ONCE = 2
_PROGRAM = (sys.executable, "-I", "-m", "worker.archive_packer")
_MOST_RATIO = 100
"""What is unpacked, of the archive's bytes, as worker.archives.budget has it."""
_LEAST_CPU_SECONDS = 60
_BYTES_A_SECOND = 8 * 2**20
"""Of what is unpacked; bzip2, the slowest, does twice as much."""
_FILES_A_SECOND = 1000
_WAITING = 4
"""How many seconds it may take for each of processor time: others use the machine too."""
REFUSALS: Mapping[str, type[ApiError]] = MappingProxyType(
    {
        error.code: error
        for error in (
            ArchiveDamaged,
            ArchiveDuplicate,
            ArchiveEncrypted,
            ArchiveTooLarge,
            ArchiveUnknown,
            ArchiveUnsafe,
            DatasetLayoutUnknown,
            TooManyImages,
        )
    }
)
_USED_UP = frozenset({signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL})
"""What ends a process that takes too much."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ArchivePacker:
    """Packs archives. Of one event loop."""

    folder: Path
    """Where there is room for what a compressed archive holds; nothing in it gets a name."""
    turns: Turns = field(default_factory=lambda: Turns(_AT_ONCE))
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )
    """Of the owners whose archives are packed or wait for it."""

    async def pack(
        self,
        owner: str,
        source: BinaryIO,
        target: BinaryIO,
        limits: PackLimits,
        *,
        test_portion: float = 0.0,
    ) -> PackedDataset:
        """Pack an archive that an owner sent.

        Args:
            owner: whose turn it is.
            source: the archive, an open file.
            target: an empty file for the pack; afterwards it stands at its begin.
            limits: how much the archive may hold.
            test_portion: of each class's images, how many are set aside to test with.

        Raises:
            ArchiveRefused, ArchiveTooLarge, ArchiveUnknown, TooManyImages: the archive is not
                taken; the target may hold some of it.
            ArtifactsUnavailable: there is no room for what it holds.
        """
        cpu_seconds = await run_in_threadpool(_cpu_seconds, source, limits)
        numbers = (
            limits.bytes,
            limits.files,
            target.fileno(),
            cpu_seconds,
            _WAITING * cpu_seconds,
            test_portion,
            *(-1 if most is None else most for most in (limits.image_bytes, limits.images)),
        )
        program = Program(
            command=[*_PROGRAM, *map(str, numbers)],
            source=source,
            seconds=_WAITING * cpu_seconds + 30,
            open_files=[target.fileno()],
            variables={"TMPDIR": str(self.folder)},
        )
        async with self._alone(owner), self.turns.of(owner):
            try:
                packed = _told(await run_program(program))
            except subprocess.TimeoutExpired as error:
                raise ArchiveTooLarge("unpacking the archive takes too long") from error
        await run_in_threadpool(target.seek, 0)
        return packed

    @asynccontextmanager
    async def _alone(self, owner: str) -> AsyncIterator[None]:
        """Wait until no other archive of the owner is being packed: it may take long."""
        lock = self._locks.setdefault(owner, asyncio.Lock())
        async with lock:
            yield


def _cpu_seconds(source: BinaryIO, limits: PackLimits) -> int:
    source.flush()
    archive_bytes = os.fstat(source.fileno()).st_size
    unpacked_bytes = min(limits.bytes, _MOST_RATIO * archive_bytes)
    files = min(limits.files, archive_bytes)
    return _LEAST_CPU_SECONDS + unpacked_bytes // _BYTES_A_SECOND + files // _FILES_A_SECOND


def _told(ended: Ended) -> PackedDataset:
    begun, _, answer = ended.stdout.partition(b"\n")
    if begun != b"packing":
        raise RuntimeError(f"the packer did not start: {ended.stderr[-2000:].decode()}")
    if not answer:
        # It died of what is in the archive.
        problem = ended.stderr[-2000:].decode(errors="replace")
        logger.warning("the packer died: status %d %s", ended.returncode, problem)
        if -ended.returncode in _USED_UP or "MemoryError" in problem:
            raise ArchiveTooLarge("unpacking the archive takes too much time or memory")
        raise ArchiveDamaged("the archive is damaged: it cannot be read to its end")
    told: dict[str, Any] = json.loads(answer)
    if "refused" in told:
        raise REFUSALS[told["refused"]](told["detail"])
    if "failed" in told:
        logger.warning("the packer has no room: %s", told["failed"])
        raise ArtifactsUnavailable("the archive cannot be unpacked; perhaps the disk is full")
    return PackedDataset.from_dict(told["packed"])
