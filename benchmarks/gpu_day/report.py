"""The lines that a run writes, and the table that is made of them."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]


class Report:
    """Writes each line at once, to a file and for people.

    Args:
        folder: where the file is.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "lines.jsonl"
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the report began."""
        return time.monotonic() - self._began

    def __call__(self, part: str, **values: Any) -> None:
        """Write a line of a part."""
        line = json.dumps({"part": part, "at": round(self.seconds, 1)} | values)
        print(line, flush=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def read_lines(folder: Path) -> list[Line]:
    """Return the lines that a run wrote."""
    text = (folder / "lines.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def table(lines: Sequence[Line]) -> str:
    """Return what goes into RESULTS.md."""
    return "\n".join([*_head(lines), "", *_stages(lines), "", *_kernels(lines), *_others(lines)])


def _of(lines: Sequence[Line], part: str) -> Iterator[Line]:
    return (line for line in lines if line["part"] == part)


def _head(lines: Sequence[Line]) -> Iterator[str]:
    for line in _of(lines, "environment"):
        yield f"{line['device']} · torch {line['torch']} · cuDNN {line['cudnn']}:"


def _stages(lines: Sequence[Line]) -> Iterator[str]:
    yield "| precision | stage | prepare, s | weights, ms | alphas, ms | validation, ms | minutes |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for line in _of(lines, "stage"):
        steps = " | ".join(
            f"{line['ms'][kind]:.2f}" for kind in ("weights", "alphas", "validation")
        )
        yield (
            f"| {line['precision']} | {line['stage']} | {line['prepare_s']} | {steps} |"
            f" {line['minutes']} |"
        )
    for line in _of(lines, "paper search"):
        yield f"| {line['precision']} | all | | | | | **{line['minutes']}** |"


def _kernels(lines: Sequence[Line]) -> Iterator[str]:
    for line in _of(lines, "own kernels"):
        yield (
            f"- {line['channels']} channels, {line['what']}, both ways: {line['us']['pytorch']} µs"
            f" in PyTorch, {line['us']['kernels']} µs with kernels of our own, which differ by"
            f" {line['differ']:.1e}."
        )
    for line in _of(lines, "launch"):
        yield f"- A kernel in a chain of them takes {line['us']:.2f} µs at least."
    for line in _of(lines, "kernels"):
        yield f"- Stage {line['stage']}, {line['form']}: {line['launched']} kernels a weight step."


def _others(lines: Sequence[Line]) -> Iterator[str]:
    for line in _of(lines, "agreement"):
        yield (
            f"- Against the straightforward network in float32, stage {line['stage']},"
            f" {line['precision']}, {'kernels of our own' if line['own_kernels'] else 'PyTorch'}:"
            f" the alphas' gradient differs by {line['alphas']:.1e},"
            f" the stem's by {line['stem']:.1e}."
        )
    for line in _of(lines, "same search twice"):
        yield f"- The same search twice: alphas differ by {max(line['differ']):.1e} at most."
    for line in _of(lines, "resumed"):
        yield f"- Stopped and resumed: alphas differ by {max(line['differ']):.1e} at most."
    for line in _of(lines, "memory"):
        yield f"- With {line['gib']} GiB: {line['end']}, after {line['halved']} halvings."
    for line in _of(lines, "forked"):
        yield f"- In a forked process: {line['end']}."
    for line in _of(lines, "failed"):
        yield f"- **Failed**: {line['which']}: {line['error']}"
    for line in _of(lines, "left out"):
        yield f"- Left out for lack of time: {line['which']}."
