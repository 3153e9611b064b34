"""README is true today: its commands run, its tree is the one that is there."""

import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from pdarts_core.genotype import from_dict, from_python
from tests.support.service import service

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"
FAMILY = (
    "from collections import namedtuple\n"
    "Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')\n"
)


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [body for name, body in found if name == language]


def tree() -> list[str]:
    (block,) = (block for block in blocks("") if "pyproject.toml" in block)
    return [line.split()[0] for line in block.splitlines()]


@pytest.mark.timeout(900)
def test_a_first_search_goes_as_it_says(tmp_path: Path) -> None:
    genotypes = tmp_path / "genotypes.py"
    genotypes.write_text(FAMILY)
    with service(tmp_path / "home") as running:
        script = "\n".join(blocks("bash")).replace(ADDRESS, running.url)
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            text=True,
            capture_output=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        (search,) = httpx.get(f"{running.url}/searches").json()["data"]
    assert search["status"] == "succeeded"
    status, python, document = result.stdout.splitlines()
    assert '"status":"succeeded"' in status
    assert from_python(python)
    assert '"skip_limit"' in document
    family: dict[str, Any] = {}
    exec(genotypes.read_text(), family)  # noqa: S102  as the family's training code imports it
    assert from_dict(family["DIGITS"]._asdict()) == from_python(python)


def test_its_tree_is_there() -> None:
    assert [name for name in tree() if not (ROOT / name).exists()] == []


def test_its_tree_leaves_no_room_out() -> None:
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    rooms = {name.split("/")[0] + "/" for name in listed if "/" in name}
    assert rooms - {".ci/"} == {name for name in tree() if name.endswith("/")}


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name
)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
