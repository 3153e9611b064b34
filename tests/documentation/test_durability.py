"""docs/durability.md names a test for every fault, and no test that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "durability.md").read_text()
FAULTS = 25
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)


def test_every_fault_has_its_line() -> None:
    assert [int(n) for n in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)] == [
        *range(1, FAULTS + 1)
    ]
    rows = [line for line in PAGE.splitlines() if re.match(r"\| (\d+|) \|", line)]
    assert [line for line in rows[1:] if "`test_" not in line] == []


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_every_named_test_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / "tests" / "faults" / file).read_text()
