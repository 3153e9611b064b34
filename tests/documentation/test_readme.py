"""README is true today: its commands run, its tree is the one that is there."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pdarts_core.genotype import from_dict, from_python
from tests.documentation.snippets import PAGES, README, ROOT, blocks_of, run_page

FAMILY = (
    "from collections import namedtuple\n"
    "Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')\n"
)


def tree() -> list[str]:
    (listing,) = (block.text for block in blocks_of(README) if "pyproject.toml" in block.text)
    return [line.split()[0] for line in listing.splitlines()]


@pytest.mark.timeout(900)
def test_a_first_search_goes_as_it_says(service_url: str, tmp_path: Path) -> None:
    genotypes = tmp_path / "genotypes.py"
    genotypes.write_text(FAMILY)
    status, signal, python, document, *told = run_page(README, service_url, tmp_path).splitlines()
    assert '"status":"succeeded"' in status
    assert signal.startswith('"signal":{"verdict":"')
    assert from_python(python)
    assert '"skip_limit"' in document
    family: dict[str, Any] = {}
    exec(genotypes.read_text(), family)  # noqa: S102  as the family's training code imports it
    assert from_dict(family["DIGITS"]._asdict()) == from_python(python)
    assert from_python(told[-1])


def test_its_tree_is_there() -> None:
    assert [name for name in tree() if not (ROOT / name).exists()] == []


def test_its_tree_leaves_no_room_out() -> None:
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    rooms = {name.split("/")[0] + "/" for name in listed if "/" in name}
    assert rooms - {".ci/"} == {name for name in tree() if name.endswith("/")}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
