"""What every artifact store does, and what a folder's alone has to."""

import gc
import hashlib
import io
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.artifact_folder import FolderStore
from store.artifact_stores import open_artifacts
from store.artifacts import ArtifactError, ArtifactStore, ArtifactsUnreachable
from tests.support.buckets import BucketServer, environment_of, refusing_server
from tests.support.servers import free_port


def open_bucket(server: BucketServer, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    bucket = server.make_bucket()
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return open_artifacts(bucket.url)


@pytest.fixture(params=["folder", "bucket"])
def artifacts(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ArtifactStore:
    """Each kind of store, empty; the test runs once on each."""
    if request.param == "folder":
        return open_artifacts(str(tmp_path / "artifacts"))
    return open_bucket(request.getfixturevalue("bucket_server"), monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "artifacts")


class TestEveryStore:
    def test_what_was_put_is_got_back(self, artifacts: ArtifactStore) -> None:
        digest = artifacts.put("srch_1/checkpoint-1", b"state")
        assert artifacts.get("srch_1/checkpoint-1", sha256=digest) == b"state"

    @pytest.mark.parametrize("size", [0, 5, 9 * 2**20], ids=["nothing", "small", "in parts"])
    def test_a_file_is_put_a_piece_at_a_time(self, artifacts: ArtifactStore, size: int) -> None:
        content = random.Random(size).randbytes(size)
        file = io.BytesIO(b"before" + content)
        file.seek(6)
        artifacts.put_file("wts_1/model", file)
        digest = hashlib.sha256(content).hexdigest()
        assert artifacts.get("wts_1/model", sha256=digest) == content

    @pytest.mark.parametrize("size", [0, 5, 9 * 2**20], ids=["nothing", "small", "in parts"])
    def test_a_file_is_got_a_piece_at_a_time(self, artifacts: ArtifactStore, size: int) -> None:
        content = random.Random(size).randbytes(size)
        digest = artifacts.put("ds_1/pack", content)
        file = io.BytesIO()
        artifacts.get_file("ds_1/pack", file, sha256=digest)
        assert file.getvalue() == content

    def test_a_file_that_is_not_what_was_put_is_refused(self, artifacts: ArtifactStore) -> None:
        artifacts.put("ds_1/pack", b"images")
        with pytest.raises(ArtifactError, match="has changed"):
            artifacts.get_file("ds_1/pack", io.BytesIO(), sha256="0" * 64)
        with pytest.raises(ArtifactError, match="missing"):
            artifacts.get_file("ds_2/pack", io.BytesIO(), sha256="0" * 64)

    @pytest.mark.sampled
    @pytest.mark.parametrize("whole_parts", [0, 9])
    def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(
        self, artifacts: ArtifactStore, whole_parts: int
    ) -> None:
        parts = [bytes(2**20)] * whole_parts

        class Torn(io.BytesIO):
            def read(self, _size: int | None = None, /) -> bytes:
                if not parts:
                    raise OSError("torn")
                return parts.pop()

        with pytest.raises(OSError, match="torn"):
            artifacts.put_file("wts_1/model", Torn())
        gc.collect()
        assert artifacts.keys("wts_1") == []

    def test_a_second_put_replaces_the_first(self, artifacts: ArtifactStore) -> None:
        artifacts.put("a/b", b"old")
        digest = artifacts.put("a/b", b"new")
        assert artifacts.get("a/b", sha256=digest) == b"new"
        assert artifacts.keys("a") == ["a/b"]

    def test_one_other_byte_is_noticed(self, artifacts: ArtifactStore) -> None:
        digest = artifacts.put("a/b", b"state")
        artifacts.put("a/b", b"statf")
        with pytest.raises(ArtifactError, match="has changed since it was written"):
            artifacts.get("a/b", sha256=digest)

    def test_a_missing_artifact_is_named(self, artifacts: ArtifactStore) -> None:
        with pytest.raises(ArtifactError, match="a/b"):
            artifacts.get("a/b", sha256="0" * 64)

    def test_artifacts_are_described(self, artifacts: ArtifactStore) -> None:
        for key in ("a/c/2", "a/b", "b/b", "ab"):
            artifacts.put(key, key.encode())
        assert [(found.key, found.bytes) for found in artifacts.entries("a")] == [
            ("a/b", 3),
            ("a/c/2", 5),
        ]
        first, second = artifacts.entries("a")
        assert abs(first.written_at - second.written_at).total_seconds() < 3600
        assert first.written_at.tzinfo is not None

    def test_folders_are_listed(self, artifacts: ArtifactStore) -> None:
        assert artifacts.folders() == []
        for key in ("b/1", "a/b/2", "c"):
            artifacts.put(key, b"")
        assert artifacts.folders() == ["a", "b"]

    def test_nothing_lies_where_nothing_was_put(self, artifacts: ArtifactStore) -> None:
        assert artifacts.keys("a") == []

    def test_delete_twice_is_no_error(self, artifacts: ArtifactStore) -> None:
        artifacts.put("a/b", b"state")
        artifacts.delete("a/b")
        artifacts.delete("a/b")
        artifacts.delete_folder("a")
        assert artifacts.keys("a") == []

    def test_a_folder_is_deleted_with_all_in_it(self, artifacts: ArtifactStore) -> None:
        for key in ("a/b", "a/c/d", "ab/c"):
            artifacts.put(key, b"")
        artifacts.delete_folder("a")
        assert artifacts.keys("a") == []
        assert artifacts.folders() == ["ab"]

    @pytest.mark.parametrize("key", ["", "/etc/passwd", "../outside", "a/../../outside"])
    def test_a_key_stays_inside(self, artifacts: ArtifactStore, key: str) -> None:
        with pytest.raises(ValueError, match="not a valid artifact key"):
            artifacts.put(key, b"")


def test_a_bucket_that_is_away_is_told_from_an_artifact_that_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment_of(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    artifacts = open_artifacts("s3://bucket/prefix")
    with pytest.raises(ArtifactsUnreachable):
        artifacts.put("a/b", b"")
    with pytest.raises(ArtifactsUnreachable):
        artifacts.get("a/b", sha256="")
    with pytest.raises(ArtifactsUnreachable):
        artifacts.keys("a")
    artifacts.delete_folder("a")


@pytest.mark.parametrize("code", ["AccessDenied", "ExpiredToken", "RequestTimeTooSkewed"])
def test_a_bucket_that_refuses_is_told_from_an_artifact_that_is_away(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    with refusing_server(code) as endpoint:
        for name, value in environment_of(endpoint).items():
            monkeypatch.setenv(name, value)
        artifacts = open_artifacts("s3://bucket/prefix")
        with pytest.raises(ArtifactsUnreachable):
            artifacts.get("a/b", sha256="")
        with pytest.raises(ArtifactsUnreachable):
            artifacts.keys("a")


def test_a_folder_that_cannot_be_read_is_told_from_an_artifact_that_is_away(
    folder: FolderStore,
) -> None:
    folder.root.mkdir()
    (folder.root / "a").symlink_to(folder.root / "a")
    with pytest.raises(ArtifactsUnreachable):
        folder.get("a/b", sha256="")
    with pytest.raises(ArtifactsUnreachable):
        folder.keys("a")


def test_a_put_that_fails_leaves_nothing_behind(folder: FolderStore) -> None:
    (folder.root / "a" / "b").mkdir(parents=True)
    with pytest.raises(OSError, match="b"):
        folder.put("a/b", b"a folder is in the way")
    assert folder.keys("a") == []


def act_when_a_folder_is_listed(
    monkeypatch: pytest.MonkeyPatch, *, path: Path, act: Callable[[], object]
) -> None:
    """Have something happen between the listing of what is above a folder and its own."""
    really_list = os.scandir

    def list_after_act(listed: Any = ".") -> Any:
        if str(listed) == str(path):
            act()
        return really_list(listed)

    monkeypatch.setattr(os, "scandir", list_after_act)


def test_a_folder_may_disappear_while_it_is_listed(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put("a/inner/b", b"state")
    act_when_a_folder_is_listed(
        monkeypatch,
        path=folder.root / "a" / "inner",
        act=lambda: folder.delete_folder("a"),
    )
    assert folder.keys("a") == []


def test_a_file_may_disappear_while_its_folder_is_listed(
    folder: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a/b", "a/c", "a/inner/d"):
        folder.put(key, b"state")
    act_when_a_folder_is_listed(
        monkeypatch,
        path=folder.root / "a" / "inner",
        act=lambda: folder.delete("a/inner/d"),
    )
    assert folder.keys("a") == ["a/b", "a/c"]
