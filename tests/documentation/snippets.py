"""The fenced blocks of the documentation: those that run as tests, and those that are shown."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.selection import is_everything_wanted

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([README, *(ROOT / "docs").rglob("*.md")])
PROGRAMS = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
"""What runs the blocks of a language. All blocks of a page are one script for each of them."""
SHOWN = frozenset({"", "sh", "json", "text"})
"""Languages of blocks that are only shown: what starts services, needs Docker, or is no program."""
ADDRESS = "http://127.0.0.1:8000"
"""Where the documentation says that the service is."""

_STAGES = json.dumps(
    [{"layers": 3, "num_to_keep": kept, "epochs": 1, "warmup_epochs": 0} for kept in (5, 3, 1)]
)
_LESS = (
    (r"(max[_-]images\W+)\d+", r"\g<1>20"),
    (r"(pdarts search create .*--max-images \d+)", r"\g<1> --epochs 1 --warmup-epochs 0"),
    (r"(create_search\(.*max_images=\d+)", rf"\g<1>, stages={_STAGES}"),
    (r'(\{"dataset".*"max_images": \d+)', rf'\g<1>, "stages": {_STAGES}'),
    (r'(\\"search\\".*\\"max_images\\": \d+)', r'\g<1>, \\"epochs\\": 1'),
)
"""What is put in place of a page's images and epochs, so that its jobs take a second or two."""
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block."""

    language: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    found = _BLOCK.findall(page.read_text())
    return [Block(language=language, text=text) for language, text in found]


def runnable_blocks(page: Path) -> list[Block]:
    """Return those that run as tests."""
    return [block for block in blocks_of(page) if block.language in PROGRAMS]


def run_page(
    page: Path, url: str, folder: Path, *, languages: Collection[str] = tuple(PROGRAMS)
) -> str:
    """Run the page's blocks in a folder, against the service at the URL; return what they print.

    Blocks of other languages are left out. Searches that the page leaves behind are cancelled.
    """
    folder.mkdir(parents=True, exist_ok=True)
    printed = ""
    for language in languages:
        blocks = [block.text for block in blocks_of(page) if block.language == language]
        if blocks:
            printed += _run(
                PROGRAMS[language], _script_of(blocks).replace(ADDRESS, url), url, folder
            )
    _cancel_all(url)
    return printed


def _script_of(blocks: list[str]) -> str:
    script = "\n".join(blocks)
    if not is_everything_wanted():
        for pattern, less in _LESS:
            script = re.sub(pattern, less, script)
    return script


def _cancel_all(url: str) -> None:
    with httpx.Client(base_url=url) as client:
        for status in ("queued", "running", "paused"):
            for search in client.get("/searches", params={"status": status}).json()["data"]:
                client.post(f"/searches/{search['id']}/cancel")


def _run(program: list[str], script: str, url: str, folder: Path) -> str:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PDARTS_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"PDARTS_URL": url, "PDARTS_HOME": str(folder / "home"), "PATH": path}
    # As a user who has set the address alone; a port of its own, for `pdarts doctor`.
    environment = inherited | own | {"PDARTS_PORT": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*program, script],
        cwd=folder,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
