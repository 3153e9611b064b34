"""Settings that cannot be right end every command with a sentence."""

from pathlib import Path

import pytest

from tests.support.service import run_pdarts

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("command", ["up", "api", "worker"])
@pytest.mark.sampled
def test_artifacts_that_no_store_takes(tmp_path: Path, command: str) -> None:
    ended = run_pdarts(tmp_path / "home", command, PDARTS_ARTIFACTS_URL="ftp://host/folder")
    assert ended.returncode == 4
    told = " ".join((ended.stdout + ended.stderr).split())
    assert "ftp://, which is no supported artifact store" in told
    assert "Traceback" not in told
