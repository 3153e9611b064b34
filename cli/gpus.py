"""The GPUs of this machine, found without torch, so that the caller never touches CUDA."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_DEVICE = re.compile(r"^\s*(?P<kind>GPU|MIG) .*\(UUID: (?P<uuid>[\w-]+)\)\s*$")
_SECONDS = 20


def visible_gpus(environment: Mapping[str, str]) -> list[str]:
    """Return what CUDA_VISIBLE_DEVICES may name, one entry a GPU, or a slice of one (MIG)."""
    named = environment.get(_VISIBLE)
    if named is not None:
        return _until_invalid(named)
    return parse_list(_list_gpus())


def in_groups(gpus: Sequence[str], size: int) -> list[str]:
    """Return what CUDA_VISIBLE_DEVICES names for each worker; the last may have fewer."""
    return [",".join(gpus[first : first + size]) for first in range(0, len(gpus), size)]


def workers_in_words(gpus: int, gpus_per_worker: int) -> str:
    """Say how many workers there are, and what each has."""
    if gpus == 0:
        return "one, on the CPU"
    if gpus == 1:
        return "one, on a GPU"
    if gpus <= gpus_per_worker:
        return f"one, on {gpus} GPUs"
    if gpus_per_worker == 1:
        return f"one for each of {gpus} GPUs"
    return f"one for every {gpus_per_worker} of {gpus} GPUs"


def environment_for(gpu: str | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker that has these GPUs, or none of its own."""
    return dict(environment) if gpu is None else {**environment, _VISIBLE: gpu}


def parse_list(text: str) -> list[str]:
    """Read what `nvidia-smi --list-gpus` prints; a GPU that is cut in slices is its slices."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = _DEVICE.match(line)
        if match is None:
            continue
        if match["kind"] == "MIG" and found and found[-1][0] == "GPU":
            found.pop()
        found.append((match["kind"], match["uuid"]))
    return [uuid for _, uuid in found]


def _until_invalid(named: str) -> list[str]:
    # CUDA itself ignores what follows a negative number.
    gpus: list[str] = []
    for entry in filter(None, (word.strip() for word in named.split(","))):
        if entry.startswith("-"):
            break
        gpus.append(entry)
    return gpus


def _list_gpus() -> str:
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    command = [program, "--list-gpus"]
    try:
        return subprocess.run(  # noqa: S603  the vendor's own tool, without arguments of others
            command, capture_output=True, text=True, timeout=_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
