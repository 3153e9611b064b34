"""What the repository holds, and what it must not."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "the address of a package registry": r"https?://[^\s\"')]*(pypi|pythonhosted|/simple/|/packages/)",
    "a registry's setting": r"(extra-)?index-url\b(?<!no-emit-index-url)",
    "a path of somebody's machine": r"(?<![\w.])/(home|root|Users|work)/[a-z]",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
}


def tracked() -> list[Path]:
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT).decode().split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    return path.read_bytes().decode(errors="ignore")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in tracked()
        if path != Path(__file__) and (match := re.search(FORBIDDEN[what], text_of(path)))
    }
    assert found == {}


def test_no_tracked_file_is_large() -> None:
    assert {
        path.name: path.stat().st_size for path in tracked() if path.stat().st_size > 500_000
    } == {}
