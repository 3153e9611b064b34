"""Run the benchmarks one after the other: all of them, or those that are named.

    python -m benchmarks [name ...]

What each takes as arguments, it takes when it is run by itself: `python -m benchmarks.<name> -h`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping

BENCHMARKS: Mapping[str, tuple[str, ...]] = {
    "search_step": (),
    "data_pipeline": (),
    "evaluation_step": ("--recipes", "short"),
    "dataset_check": (),
    "whole_search": ("--dataset", "digits", "--preset", "quick"),
    "service_tax": (),
    "serving": (),
    "api_load": (),
    "list_pages": (),
}
"""Their names and the arguments that they are run with here."""


def run(name: str) -> int:
    """Run one benchmark and return its exit code."""
    print(f"\n{name}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", *BENCHMARKS[name]]
    with tempfile.TemporaryDirectory() as folder:
        if name == "whole_search":
            command += ["--out", folder]
        return subprocess.run(command, check=False).returncode  # noqa: S603  no input from outside


def main(names: list[str]) -> int:
    """Run the benchmarks of these names; return 1 if one failed."""
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}")
        return 2
    codes = [run(name) for name in names or BENCHMARKS]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
