"""How many threads work on files, and in which order what they made of them comes."""

import time
from pathlib import Path

import pytest
from joblib import cpu_count

from worker.datasets.waves import map_in_waves, threads_for

SMALL, LARGE = 1_000, 100_000


def files_of(folder: Path, *sizes: int) -> list[Path]:
    paths = [folder / f"{number}.png" for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        path.write_bytes(bytes(size))
    return paths


class TestThreads:
    def test_small_files_are_left_to_one(self, tmp_path: Path) -> None:
        assert threads_for(files_of(tmp_path, *[SMALL] * 10)) == 1

    def test_large_ones_take_all_that_the_machine_runs_at_once(self, tmp_path: Path) -> None:
        assert threads_for(files_of(tmp_path, *[LARGE] * 10)) == min(16, cpu_count())

    def test_all_parts_of_a_list_count(self, tmp_path: Path) -> None:
        files = files_of(tmp_path, *[SMALL] * 300, *[LARGE] * 300)
        assert threads_for(files) == threads_for(files[::-1]) == min(14, cpu_count())

    def test_what_is_gone_or_nothing_at_all_is_left_to_one(self, tmp_path: Path) -> None:
        assert threads_for([tmp_path / "gone.png"]) == threads_for([]) == 1


@pytest.mark.parametrize("threads", [1, 4])
def test_results_come_in_the_order_of_the_parts(threads: int) -> None:
    def last_is_quickest(part: int) -> int:
        time.sleep((20 - part) / 5_000)
        return part

    assert list(map_in_waves(last_is_quickest, range(20), threads=threads, name="t")) == [
        *range(20)
    ]
