"""Looks into files of weights, in processes that may die: they load torch, and what strangers sent.

The few processes at a time are shared fairly between owners.
"""

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, BinaryIO

from fastapi.concurrency import run_in_threadpool

from api.http.errors import (
    WeightsNotFinite,
    WeightsNotFloat,
    WeightsRefused,
    WeightsTooCostly,
    WeightsUnreadable,
    WeightsUnsafe,
)
from api.resources.mortal_program import Ended, Program, run_program
from api.resources.turns import Turns
from pdarts_core.tensors.shapes import Shape

_AT_ONCE = 2
_PATIENCE_SECONDS = 150.0
"""More than the process gives itself."""
_PROGRAM = (sys.executable, "-I", "-m", "worker.weights_reader")
_BEGINNINGS = (b"PK\x03\x04", b"\x80\x02")
_LARGEST_HEAD = 100_000_000
"""Bytes of what safetensors begins with, as that library has it."""
REFUSALS: Mapping[str, type[WeightsRefused]] = MappingProxyType(
    {
        "unreadable": WeightsUnreadable,
        "unsafe": WeightsUnsafe,
        "too_costly": WeightsTooCostly,
        "not_float": WeightsNotFloat,
        "not_finite": WeightsNotFinite,
    }
)
_USED_UP = frozenset({signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL})
"""What ends a process that takes too much."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ReadWeights:
    """What a file of weights holds."""

    form: str
    """What it was written by."""
    shapes: dict[str, Shape]
    """Of its tensors, by their names."""


@dataclass(frozen=True)
class WeightsReader:
    """Reads files of weights. Of one event loop."""

    turns: Turns = field(default_factory=lambda: Turns(_AT_ONCE))

    async def read(self, owner: str, file: BinaryIO) -> ReadWeights:
        """Return what is in a file that an owner sent; it is read from its begin.

        Raises:
            WeightsRefused: no network could begin with it.
        """
        beginning = await run_in_threadpool(_beginning_of, file)
        if not _may_be_weights(beginning):
            raise WeightsUnreadable("the file is neither safetensors nor what torch.save writes")
        program = Program(command=_PROGRAM, source=file, seconds=_PATIENCE_SECONDS)
        async with self.turns.of(owner):
            try:
                return _told(await run_program(program))
            except subprocess.TimeoutExpired as error:
                raise WeightsTooCostly("reading the file takes too long") from error


def _beginning_of(file: BinaryIO) -> bytes:
    file.flush()
    file.seek(0)
    return file.read(9)


def _may_be_weights(beginning: bytes) -> bool:
    """Tell without a process what needs none."""
    if beginning.startswith(_BEGINNINGS):
        return True
    head = int.from_bytes(beginning[:8], "little")
    return beginning[8:] == b"{" and head <= _LARGEST_HEAD


def _told(ended: Ended) -> ReadWeights:
    begun, _, answer = ended.stdout.partition(b"\n")
    if begun != b"reading":
        raise RuntimeError(f"the reader of weights did not start: {ended.stderr[-2000:].decode()}")
    if not answer:
        # It died of what is in the file.
        logger.warning("the reader of weights died: status %d", ended.returncode)
        if -ended.returncode in _USED_UP:
            raise WeightsTooCostly("reading the file takes too much time or memory")
        raise WeightsUnreadable("the file is damaged: it cannot be read to its end")
    told: dict[str, Any] = json.loads(answer)
    if "refused" in told:
        raise REFUSALS[told["refused"]](told["detail"])
    shapes = {name: tuple(shape) for name, shape in told["shapes"].items()}
    return ReadWeights(form=told["form"], shapes=shapes)
