"""Every curl and Python snippet of the documentation runs against a real service.

A block marked `bash` or `python` runs; the blocks of a page are one script for each language, in
their order. Blocks marked `sh`, `json`, `text` or with nothing are only shown.
"""

import re
from pathlib import Path

import pytest

from tests.documentation.snippets import (
    PAGES,
    PROGRAMS,
    README,
    ROOT,
    SHOWN,
    blocks_of,
    run_page,
    runnable_blocks,
)

DEAR = {("docs/client.md", "bash")}
"""Forty processes; test_commands.py holds that each is known, tests/cli the rest."""
OUGHT_TO_RUN = re.compile(
    r"^\s*(curl\b|pdarts (search|genotype|doctor)\b|import \w|from \w+(\.\w+)* import)",
    re.MULTILINE,
)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


RUN_HERE = [
    pytest.param(
        page,
        language,
        id=f"{name_of(page)}-{language}",
        marks=[pytest.mark.slow] if (name_of(page), language) in DEAR else [],
    )
    for page in PAGES
    for language in PROGRAMS
    if page != README and any(block.language == language for block in blocks_of(page))
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("page", "language"), RUN_HERE)
def test_the_snippets_of_a_page_run(
    page: Path, language: str, service_url: str, tmp_path: Path
) -> None:
    run_page(page, service_url, tmp_path, languages=[language])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_whether_it_runs(page: Path) -> None:
    languages = {block.language for block in blocks_of(page)}
    assert languages <= SHOWN | set(PROGRAMS)
    assert page.read_text().count("\n```") == 2 * len(blocks_of(page))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_snippet_is_only_shown(page: Path) -> None:
    shown = [block.text for block in blocks_of(page) if block.language in SHOWN]
    assert [text for text in shown if OUGHT_TO_RUN.search(text)] == []


def test_the_documentation_has_snippets_of_both_kinds() -> None:
    found = [block.language for page in PAGES for block in runnable_blocks(page)]
    assert {language: found.count(language) >= 4 for language in PROGRAMS} == {
        "bash": True,
        "python": True,
    }
