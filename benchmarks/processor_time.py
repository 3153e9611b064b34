"""The processor time of a process and of all that it started, as the kernel counts it."""

import os
from pathlib import Path


def processor_seconds(root: int) -> float:
    """Return the processor time of a process and of all that it started."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                values = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(values[1])
            ticks[int(folder.name)] = sum(map(int, values[11:15]))
    return sum(count for pid, count in ticks.items() if _descends(pid, root, parents)) / os.sysconf(
        "SC_CLK_TCK"
    )


def _descends(pid: int | None, root: int, parents: dict[int, int]) -> bool:
    while pid is not None and pid != root:
        pid = parents.get(pid)
    return pid == root
