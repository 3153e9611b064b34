"""`pdarts genotype …`, as people and scripts type it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pdarts_core.config import PRESETS
from pdarts_core.genotype import from_dict, from_python
from store.database import Database
from tests.support.played_search import play_search

Typing = Callable[..., Any]


@pytest.fixture
def search_id(database: Database) -> str:
    """A finished search."""
    with database.write() as session:
        return play_search(session, PRESETS["quick"])


def test_it_is_printed_as_the_python_that_training_code_takes(
    typed: Typing, search_id: str
) -> None:
    printed = typed("genotype", "get", search_id)
    (document,) = typed("genotype", "get", search_id, "--json").objects
    assert printed.output == document["python"] + "\n"
    assert from_python(printed.output) == from_dict(document["genotype"])
    assert typed("genotype", "get", document["id"]).output == printed.output


def test_a_list_says_which_search_and_data_set_they_come_from(
    typed: Typing, database: Database
) -> None:
    with database.write() as session:
        search_id = play_search(session, PRESETS["quick"], name="the first")
    head, *rows = typed("genotype", "list", "--name-contains", "FIRST").output.splitlines()
    named = ["ID", "ORIGIN", "SKIPS", "SIGNAL", "DATA SET", "SEARCH", "NAME", "CREATED"]
    assert re.split(" {2,}", head) == named
    assert rows
    for row in rows:
        assert row.startswith("gt_")
        assert all(part in row for part in ("clear", "digits", search_id, "the first"))
    assert typed("genotype", "list", "--dataset-contains", "cifar").output.splitlines() == [
        "ID  ORIGIN  SKIPS  SIGNAL  DATA SET  SEARCH  NAME  CREATED"
    ]
    (oldest,) = typed("genotype", "list", "--oldest-first", "--limit", "1", "--json").objects
    assert oldest["provenance"]["search_name"] == "the first"


def test_what_its_search_found_stands_beside_it_on_standard_error(
    typed: Typing, search_id: str
) -> None:
    printed = typed("genotype", "get", search_id)
    (document,) = typed("genotype", "get", search_id, "--json").objects
    assert document["provenance"]["signal"]["reason"] in printed.messages


def test_a_skip_limit_chooses_among_those_of_a_search(typed: Typing, search_id: str) -> None:
    words = ("genotype", "get", search_id, "--max-skip-connects", "0", "--json")
    (document,) = typed(*words).objects
    assert document["skip_connects"] == 0
    refused = typed("genotype", "get", document["id"], "--max-skip-connects", "0")
    assert refused.code == 2


def test_it_is_drawn_for_terminals_pages_and_graphviz(typed: Typing, search_id: str) -> None:
    assert "c_{k-1}" in typed("genotype", "draw", search_id).output
    svg = typed("genotype", "draw", search_id, "--format", "svg", "--cell", "normal").output
    assert ET.fromstring(svg).tag.endswith("svg")
    assert typed("genotype", "draw", search_id, "--format", "dot").output.startswith("digraph")
    (told,) = typed("genotype", "draw", search_id, "--format", "dot", "--json").objects
    assert told["drawing"].startswith("digraph")
    assert typed("genotype", "draw", search_id, "--format", "png").code == 2


def test_it_is_imported_from_python_and_from_json(
    typed: Typing, search_id: str, tmp_path: Path
) -> None:
    python = typed("genotype", "get", search_id).output
    document = typed("genotype", "get", search_id, "--json").output
    (tmp_path / "genotype.json").write_text(document)
    from_file = typed("genotype", "import", str(tmp_path / "genotype.json"), "--name", "mine")
    piped = typed("genotype", "import", "-", stdin=python)
    for imported in (from_file, piped):
        assert imported.output.startswith("gt_")
        assert typed("genotype", "get", imported.output.strip()).output == python


def test_text_that_is_no_genotype_is_refused_and_never_run(typed: Typing, tmp_path: Path) -> None:
    trap = f"__import__('pathlib').Path({str(tmp_path / 'trapped')!r}).touch()"
    assert typed("genotype", "import", "-", stdin=trap).code == 2
    assert typed("genotype", "import", "-", stdin='{"normal": ').code == 2
    assert not (tmp_path / "trapped").exists()


def test_a_search_without_one_has_its_own_code(typed: Typing) -> None:
    search_id = typed("search", "create", "--dataset", "digits").output.strip()
    assert typed("genotype", "get", search_id).code == 8
