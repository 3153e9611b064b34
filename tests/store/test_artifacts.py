import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.artifacts import ArtifactError, ArtifactStore


@pytest.fixture
def artifacts(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def test_what_was_put_is_got_back(artifacts: ArtifactStore) -> None:
    digest = artifacts.put("srch_1/checkpoint-1", b"state")
    assert artifacts.get("srch_1/checkpoint-1", sha256=digest) == b"state"


def test_a_second_put_replaces_the_first(artifacts: ArtifactStore) -> None:
    artifacts.put("a/b", b"old")
    digest = artifacts.put("a/b", b"new")
    assert artifacts.get("a/b", sha256=digest) == b"new"
    assert artifacts.keys("a") == ["a/b"]


def test_one_flipped_byte_is_noticed(artifacts: ArtifactStore) -> None:
    digest = artifacts.put("a/b", b"state")
    (artifacts.root / "a" / "b").write_bytes(b"statf")
    with pytest.raises(ArtifactError, match="not what was written"):
        artifacts.get("a/b", sha256=digest)


def test_a_missing_artifact_is_named(artifacts: ArtifactStore) -> None:
    with pytest.raises(ArtifactError, match="a/b"):
        artifacts.get("a/b", sha256="0" * 64)


def test_a_put_that_fails_leaves_nothing_behind(artifacts: ArtifactStore) -> None:
    (artifacts.root / "a" / "b").mkdir(parents=True)
    with pytest.raises(OSError, match="b"):
        artifacts.put("a/b", b"a folder is in the way")
    assert artifacts.keys("a") == []


def test_delete_twice_is_no_error(artifacts: ArtifactStore) -> None:
    artifacts.put("a/b", b"state")
    artifacts.delete("a/b")
    artifacts.delete("a/b")
    artifacts.delete_folder("a")
    assert artifacts.keys("a") == []


def act_when_a_folder_is_listed(
    monkeypatch: pytest.MonkeyPatch, *, folder: Path, act: Callable[[], object]
) -> None:
    """Have something happen between the listing of what is above a folder and its own."""
    really_list = os.scandir

    def list_after_act(path: Any = ".") -> Any:
        if str(path) == str(folder):
            act()
        return really_list(path)

    monkeypatch.setattr(os, "scandir", list_after_act)


def test_a_folder_may_disappear_while_it_is_listed(
    artifacts: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts.put("a/inner/b", b"state")
    act_when_a_folder_is_listed(
        monkeypatch,
        folder=artifacts.root / "a" / "inner",
        act=lambda: artifacts.delete_folder("a"),
    )
    assert artifacts.keys("a") == []


def test_a_file_may_disappear_while_its_folder_is_listed(
    artifacts: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a/b", "a/c", "a/inner/d"):
        artifacts.put(key, b"state")
    act_when_a_folder_is_listed(
        monkeypatch,
        folder=artifacts.root / "a" / "inner",
        act=lambda: artifacts.delete("a/inner/d"),
    )
    assert artifacts.keys("a") == ["a/b", "a/c"]


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../outside", "a/../../outside"])
def test_a_key_stays_inside(artifacts: ArtifactStore, key: str) -> None:
    with pytest.raises(ValueError, match="no artifact key"):
        artifacts.put(key, b"")
