"""Who may import whom, and what stays unloaded."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_import_rules_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("module", ["api.main", "cli.up", "cli.demo", "cli.work", "store.queue"])
def test_it_is_imported_without_torch(module: str) -> None:
    code = f"import sys, {module}; print([m for m in sys.modules if m.startswith('torch')])"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "[]\n"


@pytest.mark.parametrize("module", ["config", "genotype", "drawing", "estimate"])
def test_what_the_api_sees_of_the_search_loads_neither_torch_nor_the_store(module: str) -> None:
    code = (
        f"import sys, pdarts_core.{module}; "
        "print([m for m in sys.modules if m.split('.')[0] in {'torch', 'store', 'sqlalchemy'}])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "[]\n"
