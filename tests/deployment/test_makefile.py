"""The Makefile and what continuous integration runs."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def clean(environment: dict[str, str]) -> dict[str, str]:
    """This process's environment without what it was told by an outer make, or of a port."""
    inherited = {"PORT", "PDARTS_PORT", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    return {k: v for k, v in os.environ.items() if k not in inherited} | environment


@pytest.mark.parametrize(
    "target",
    [
        "install",
        "up",
        "demo",
        "test",
        "test-all",
        "fuzz",
        "attack",
        "audit",
        "check",
        "bench",
        "soak",
    ],
)
def test_every_target_installs_what_it_needs(target: str) -> None:
    command = ["make", "--dry-run", "--always-make", target]
    planned = subprocess.check_output(command, cwd=ROOT, env=clean({}), text=True)
    assert "pip sync" in planned


@pytest.mark.parametrize(
    ("words", "environment", "port"),
    [
        ((), {}, "8000"),
        (("PORT=8123",), {}, "8123"),
        ((), {"PORT": "8124"}, "8124"),
        ((), {"PDARTS_PORT": "8125"}, "8125"),
        (("PORT=8126",), {"PDARTS_PORT": "8125"}, "8126"),
    ],
)
def test_the_port_can_be_given_in_each_way(
    tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], port: str
) -> None:
    program = tmp_path / "pdarts"
    program.write_text('#!/bin/sh\necho "$1 $PDARTS_PORT"\n')
    program.chmod(0o755)
    (tmp_path / "installed").touch()
    command = ["make", "--silent", "up", f"BIN={tmp_path}", f"INSTALLED={tmp_path / 'installed'}"]
    said = subprocess.check_output([*command, *words], cwd=ROOT, env=clean(environment), text=True)
    assert said == f"up {port}\n"


def test_continuous_integration_checks_and_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text().splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-2:] == ["make check", "make test"]
