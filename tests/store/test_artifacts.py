from pathlib import Path

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


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../outside", "a/../../outside"])
def test_a_key_stays_inside(artifacts: ArtifactStore, key: str) -> None:
    with pytest.raises(ValueError, match="no artifact key"):
        artifacts.put(key, b"")
