"""Searches on images of which it is known what there is to find: a minute and a half each."""

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
def test_where_an_operation_has_to_win_the_search_finds_it_and_is_clear() -> None:
    found = search("planted", 0)
    assert found.accuracy > 0.7
    assert found.names_the_planted
    assert found.decided_for > 0 == found.decided_against


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_where_labels_are_dealt_out_again_nothing_is_found() -> None:
    found = search("shuffled", 0)
    assert found.verdict == "none"
    assert (found.decided_for, found.decided_against) == (0, 0)
