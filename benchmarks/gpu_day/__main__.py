"""See the package: `python -m benchmarks.gpu_day --help`."""

import argparse
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

import benchmarks.gpu_day
from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.kernels import time_depthwise, time_kernels
from benchmarks.gpu_day.own_kernels import time_own_kernels
from benchmarks.gpu_day.report import Report, read_lines, table
from benchmarks.gpu_day.searches import compare_runs, run_forked, run_short_of_memory
from benchmarks.gpu_day.stages import compare_with_plain, time_stages, time_stages_in_pytorch

Part = Callable[[Bench, Report], None]


def _cudnn_version() -> int | None:
    version: Callable[[], int | None] = torch.backends.cudnn.version
    return version()


def tell_environment(bench: Bench, report: Report) -> None:
    """Report what is measured."""
    is_cuda = bench.device.type == "cuda"
    report(
        "environment",
        torch=torch.__version__,
        cudnn=_cudnn_version() if is_cuda else None,
        device=torch.cuda.get_device_name(bench.device) if is_cuda else "CPU",
        capability=torch.cuda.get_device_capability(bench.device) if is_cuda else None,
    )


PARTS: Mapping[str, Part] = {
    "forked": run_forked,
    "environment": tell_environment,
    "own kernels": time_own_kernels,
    "agreement": compare_with_plain,
    "stages": time_stages,
    "searches": compare_runs,
    "memory": run_short_of_memory,
    "kernels": time_kernels,
    "depthwise": time_depthwise,
    "stages in PyTorch": time_stages_in_pytorch,
}
"""In the order in which they run: a process that touched CUDA must not fork."""


def run(bench: Bench, report: Report, *, seconds: float) -> None:
    """Run the parts one after the other; none begins after so many seconds."""
    for name, part in PARTS.items():
        if report.seconds > seconds:
            report("left out", which=name)
            continue
        began = report.seconds
        try:
            part(bench, report)
        except Exception as error:  # noqa: BLE001  the other parts still tell something
            trace = traceback.format_exc()[-3000:]
            report("failed", which=name, error=f"{type(error).__name__}: {error}", trace=trace)
        report("took", which=name, s=round(report.seconds - began, 1))


def main() -> None:
    """Run all parts, and print the table."""
    words = (benchmarks.gpu_day.__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("--out", type=Path, help="the folder for lines and table")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=330, help="no part begins after them")
    parser.add_argument("--small", action="store_true", help="to try the program itself")
    parser.add_argument("--table", type=Path, help="print the table of a run that is over")
    options = parser.parse_args()
    if options.table is not None:
        print(table(read_lines(options.table)))
        return
    if options.out is None:
        parser.error("--out is missing")
    run(
        Bench(device=torch.device(options.device), small=options.small),
        Report(options.out),
        seconds=options.seconds,
    )
    text = table(read_lines(options.out))
    (options.out / "table.md").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
