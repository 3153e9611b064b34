"""Which store a URL names."""

import importlib.util
from pathlib import Path

import pytest

from store.artifact_bucket import BucketStore
from store.artifact_folder import FolderStore
from store.artifact_stores import ArtifactsUrlError, check_artifacts_url, open_artifacts


def test_a_path_names_a_folder(tmp_path: Path) -> None:
    assert isinstance(open_artifacts(str(tmp_path)), FolderStore)


def test_s3_names_a_bucket() -> None:
    assert isinstance(open_artifacts("s3://bucket/prefix"), BucketStore)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://host/folder", "ftp://, which is no supported artifact store"),
        ("://", "is no supported artifact store"),
        ("s3://", "names no bucket"),
        ("s3:///", "names no bucket"),
    ],
)
def test_any_other_is_refused(url: str, told: str) -> None:
    with pytest.raises(ArtifactsUrlError, match=told):
        check_artifacts_url(url)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "s3fs" else find(name)
    )
    with pytest.raises(ArtifactsUrlError, match=r"pip install 'pdarts\[s3\]'"):
        check_artifacts_url("s3://bucket")
