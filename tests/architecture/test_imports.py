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


def loaded_with(*modules: str, unwanted: str) -> str:
    """Import modules in turn in one fresh process; return which of them load what is unwanted.

    Args:
        modules: their names.
        unwanted: a regular expression of names of modules.
    """
    code = f"""
import importlib, re, sys
seen = set()
for module in {modules!r}:
    importlib.import_module(module)
    if found := sorted(name for name in set(sys.modules) - seen if re.match({unwanted!r}, name)):
        print(module, found)
    seen |= set(sys.modules)
"""
    return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)


def test_one_that_loads_what_is_unwanted_is_named() -> None:
    told = loaded_with("json", "sqlite3", "csv", unwanted=r"sqlite3$")
    assert told == "sqlite3 ['sqlite3']\n"


def test_they_are_imported_without_torch() -> None:
    modules = (
        "api.main",
        "cli.up",
        "cli.demo",
        "cli.worker",
        "store.queue",
        "worker.lane_process",
        "worker.rank_process",
    )
    assert loaded_with(*modules, unwanted="torch|sklearn") == ""


def modules_that_the_api_may_see() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    exceptions = [
        line
        for contract in project["tool"]["importlinter"]["contracts"]
        for line in contract.get("ignore_imports", [])
        if line.startswith("api.** -> ")
    ]
    return [line.removeprefix("api.** -> ") for line in exceptions]


def test_what_the_api_sees_of_the_search_loads_neither_torch_nor_the_store() -> None:
    modules = modules_that_the_api_may_see()
    assert modules
    assert loaded_with(*modules, unwanted=r"(torch|store|sqlalchemy)(\.|$)") == ""


@pytest.mark.slow
def test_a_worker_has_loaded_what_training_needs_before_it_forks() -> None:
    """Otherwise every search begins with seconds of imports, and its watchdog may take them ill."""
    code = """
import sys
import worker.kinds.registry
import torch
before = set(sys.modules)
parameter = torch.nn.Parameter(torch.zeros(2))
optimizer = torch.optim.SGD([parameter], lr=0.1)
parameter.sum().backward()
optimizer.step()
print(len(set(sys.modules) - before) < 10)
"""
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) == "True\n"
