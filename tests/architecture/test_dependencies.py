"""What the product imports is what it says it needs: an installation has nothing else."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "cli", "migrations", "pdarts_core", "store", "worker")


def imported_by(package: str) -> set[str]:
    """Return the top-level modules that a package's own modules import, wherever they do."""
    found: set[str] = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(PACKAGES) - set(sys.stdlib_module_names)


def needed(distribution: str, seen: set[str]) -> set[str]:
    """Return a distribution, and all that it needs, extras left out except where one is named."""
    for line in requires(distribution) or []:
        name = re.split(r"[ \[<>=!~;(]", line, maxsplit=1)[0].lower().replace("_", "-")
        if "extra ==" not in line and name not in seen:
            seen.add(name)
            try:
                needed(name, seen)
            except ModuleNotFoundError:  # not for this system
                continue
    return seen


OPTIONAL = {"opentelemetry", "s3fs", "pillow_heif"}
"""Of extras; what imports them does without."""


@pytest.mark.parametrize("package", PACKAGES)
def test_all_that_is_imported_is_installed_with_the_product(package: str) -> None:
    distributions = packages_distributions()
    declared = needed("pdarts", set())
    missing = {
        module
        for module in imported_by(package) - OPTIONAL
        if not {name.lower().replace("_", "-") for name in distributions.get(module, [])} & declared
    }
    assert missing == set()
