"""Searches on images of which it is known what there is to find: two minutes each."""

from pathlib import Path

import pytest

from benchmarks.signal import run, search


def test_a_file_of_another_version_is_named(tmp_path: Path) -> None:
    kept = tmp_path / "lines.jsonl"
    kept.write_text('{"images": "planted", "seed": 0}\n')
    with pytest.raises(SystemExit, match=r"lines\.jsonl was written by another version"):
        list(run("planted", [0], kept))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_where_only_wide_operations_can_win_the_search_finds_them() -> None:
    found = search("planted", 1)
    assert found.accuracy > 0.95
    assert found.verdict == "clear"
    assert found.for_wide > found.for_narrow


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_where_labels_are_dealt_out_again_nothing_is_found() -> None:
    found = search("shuffled", 1)
    assert found.verdict == "none"
    assert (found.for_wide, found.for_narrow) == (0, 0)
