"""A program that says what a file of weights holds: `python -m worker.weights_reader < FILE`.

It prints a line once it has begun, and then JSON. The file may be anybody's, so the process may use
little more than the file's own size, for a while, and may well die of it.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch

from pdarts_core.export import WeightsSwell, WeightsUnreadable, WeightsUnsafe
from pdarts_core.export.inspection import WeightsNotFinite, WeightsNotFloat, inspect_weights
from pdarts_core.training.failures import is_out_of_memory
from worker.own_limits import limit_process

_CPU_SECONDS = 60
_SECONDS = 120
_SIZES = 6
"""How many times the file's size its tensors, and what is made of them meanwhile, take."""
_PART = 2**20
_SPARE_BYTES = 256 * 2**20
REASONS: Mapping[type[WeightsUnreadable], str] = MappingProxyType(
    {
        WeightsUnsafe: "unsafe",
        WeightsSwell: "too_costly",
        WeightsNotFloat: "not_float",
        WeightsNotFinite: "not_finite",
        WeightsUnreadable: "unreadable",
    }
)
_LONGEST_DETAIL = 1000


def main() -> None:
    """Read standard input and print what it holds."""
    torch.set_num_threads(1)
    file_bytes = os.fstat(sys.stdin.fileno()).st_size
    limit_process(
        cpu_seconds=_CPU_SECONDS,
        seconds=_SECONDS,
        memory_bytes=_SIZES * file_bytes + _SPARE_BYTES,
    )
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    json.dump(describe(_content), sys.stdout)


def describe(content: Callable[[], bytes]) -> dict[str, Any]:
    """Return what is printed about a file.

    Args:
        content: reads the file, for which there may be no memory either.
    """
    try:
        found = inspect_weights(content())
    except WeightsUnreadable as error:
        return {"refused": REASONS[type(error)], "detail": _printable(str(error))}
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    else:
        return {"form": found.form, "shapes": found.shapes}
    return {"refused": "too_costly", "detail": "reading the file takes too much memory"}


def _content() -> bytes:
    # Whoever started this has the same open file: where it stands there must not change.
    content = bytearray()
    while part := os.pread(sys.stdin.fileno(), _PART, len(content)):
        content += part
    return bytes(content)


def _printable(text: str) -> str:
    """Return a text without what no answer can carry, such as half of a pair of surrogates."""
    return text.encode("ascii", "backslashreplace").decode()[:_LONGEST_DETAIL]


if __name__ == "__main__":
    main()
