"""The run for the day that a GPU is at hand, tried on a CPU at small size."""

from pathlib import Path

import pytest
import torch

from benchmarks.gpu_day import own_kernels
from benchmarks.gpu_day.__main__ import PARTS, run
from benchmarks.gpu_day.bench import Bench
from benchmarks.gpu_day.report import Report, read_lines, table

BENCH = Bench(device=torch.device("cpu"), small=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_part_runs_and_the_table_has_every_stage(tmp_path: Path) -> None:
    run(BENCH, Report(tmp_path), seconds=600)
    lines = read_lines(tmp_path)
    assert not [line for line in lines if line["part"] == "failed"]
    assert [line["which"] for line in lines if line["part"] == "took"] == list(PARTS)
    shown = table(lines)
    assert [f"| auto | {stage} |" in shown for stage in (1, 2, 3)] == [True] * 3
    assert "| auto | all |" in shown


@pytest.mark.slow
def test_kernels_of_our_own_are_compared_with_pytorch_cell_by_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_kernels, "kernels_serve", lambda _: True)
    own_kernels.time_own_kernels(BENCH, Report(tmp_path))
    lines = read_lines(tmp_path)
    assert len({line["what"] for line in lines}) == len(lines) == 2
    assert all(line["differ"] < 1e-4 for line in lines)
    assert table(lines).count("µs with kernels of our own") == 2


def test_no_part_begins_after_the_time_is_over(tmp_path: Path) -> None:
    run(BENCH, Report(tmp_path), seconds=-1)
    assert [line["which"] for line in read_lines(tmp_path)] == list(PARTS)
    assert table(read_lines(tmp_path)).count("Left out") == len(PARTS)


def test_a_part_that_fails_leaves_the_others_and_is_named_in_the_table(tmp_path: Path) -> None:
    report = Report(tmp_path)
    report("failed", which="stages", error="RuntimeError: no", trace="")
    report("launch", us=1.5)
    shown = table(read_lines(tmp_path))
    assert "**Failed**: stages: RuntimeError: no" in shown
    assert "1.50 µs" in shown
