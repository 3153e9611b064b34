"""requirements.lock: what is installed is what it says, to the byte."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
ENTRY = re.compile(
    r"^(?P<requirement>[a-z0-9][^\n]*?) \\\n(?P<hashes>(?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE
)


def locked() -> list[Requirement]:
    return [Requirement(match["requirement"]) for match in ENTRY.finditer(LOCK)]


def locked_here() -> dict[str, str]:
    """The versions for this machine and Python, by name."""
    return {
        canonicalize_name(entry.name): next(iter(entry.specifier)).version
        for entry in locked()
        if entry.marker is None or entry.marker.evaluate()
    }


def asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [word for words in project["optional-dependencies"].values() for word in words]
    return [Requirement(word) for word in [*project["dependencies"], *extras]]


def test_every_entry_is_one_version_with_its_hashes() -> None:
    entries = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(entries) == len(locked()) > 50
    assert all(str(entry.specifier).startswith("==") for entry in locked())


def test_it_holds_no_address() -> None:
    assert "://" not in LOCK
    assert " @ " not in LOCK


def test_it_satisfies_all_that_the_project_asks_for() -> None:
    for requirement in asked_for():
        pins = [pin for pin in locked() if pin.name == canonicalize_name(requirement.name)]
        versions = [next(iter(pin.specifier)).version for pin in pins]
        assert versions, requirement
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_what_is_installed_is_what_is_locked() -> None:
    installed = {name: metadata.version(name) for name in locked_here()}
    assert installed == locked_here()
