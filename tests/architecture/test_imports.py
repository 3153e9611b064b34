"""Who may import whom, and what stays unloaded."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_import_rules_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("module", ["api.main", "cli.up", "cli.demo", "cli.worker", "store.queue"])
def test_it_is_imported_without_torch(module: str) -> None:
    code = f"import sys, {module}; print([m for m in sys.modules if m.startswith('torch')])"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "[]\n"


def modules_that_the_api_may_see() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    exceptions = [
        line
        for contract in project["tool"]["importlinter"]["contracts"]
        for line in contract.get("ignore_imports", [])
        if line.startswith("api.** -> ")
    ]
    return [line.removeprefix("api.** -> ") for line in exceptions]


@pytest.mark.parametrize("module", modules_that_the_api_may_see())
def test_what_the_api_sees_of_the_search_loads_neither_torch_nor_the_store(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print([m for m in sys.modules if m.split('.')[0] in {'torch', 'store', 'sqlalchemy'}])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "[]\n"


def test_a_worker_has_loaded_what_training_needs_before_it_forks() -> None:
    """Otherwise every search begins with seconds of imports, and its watchdog may take them ill."""
    code = """
import sys
import worker.runner
import torch
before = set(sys.modules)
parameter = torch.nn.Parameter(torch.zeros(2))
optimizer = torch.optim.SGD([parameter], lr=0.1)
parameter.sum().backward()
optimizer.step()
print(len(set(sys.modules) - before) < 10)
"""
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "True\n"
