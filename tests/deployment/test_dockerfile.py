"""The Dockerfile: it copies what there is, installs what the lock says, and runs without root."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Instruction(NamedTuple):
    name: str
    words: str


def instructions() -> list[Instruction]:
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def named(name: str) -> list[str]:
    return [instruction.words for instruction in instructions() if instruction.name == name]


def copied_from_the_project() -> list[str]:
    return [
        source for words in named("COPY") if "--from" not in words for source in words.split()[:-1]
    ]


def test_it_builds_in_one_stage_and_runs_in_another() -> None:
    assert len(named("FROM")) == 2
    assert named("FROM")[0].endswith(" AS build")


def test_everything_that_it_copies_is_there_and_let_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    assert let_through[0] == "*"
    for source in copied_from_the_project():
        assert (ROOT / source).exists()
        assert f"!{source}" in let_through


def test_it_copies_every_package_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= set(copied_from_the_project())


def test_every_installation_is_held_to_the_hashes_of_the_lock() -> None:
    installations = [run for run in named("RUN") if " pip " in run or "-m pip" in run]
    assert len(installations) == 3
    for run in installations[:2]:
        assert "--require-hashes" in run
    assert "--no-deps --build-constraint requirements.lock" in installations[2]


def test_the_image_has_every_extra_that_serves_operators() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = re.findall(r"--extra (\S+)", named("RUN")[1])
    for_its_own_users = {"dev", "heic"}  # wheels of the latter are under the GPL
    assert set(extras) == set(project["optional-dependencies"]) - for_its_own_users


def test_the_line_that_picks_uv_from_the_lock_finds_it_with_its_hashes() -> None:
    script = named("RUN")[0].partition(" > ")[0]
    picked = subprocess.check_output(shlex.split(script), cwd=ROOT, text=True)
    assert re.fullmatch(
        r"uv==[\d.]+ \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+(    #.*\n)*", picked
    )


def test_it_does_not_run_as_root() -> None:
    position = [instruction.name for instruction in instructions()].index("USER")
    assert instructions()[position].words == "pdarts"
    assert {instruction.name for instruction in instructions()[position:]}.isdisjoint(
        {"RUN", "COPY"}
    )


def test_its_command_exists() -> None:
    (command,) = named("CMD")
    program, subcommand = re.findall(r'"([^"]+)"', command)
    found = shutil.which(program, path=str(Path(sys.executable).parent))
    assert found is not None
    subprocess.run([found, subcommand, "--help"], check=True, stdout=subprocess.DEVNULL)


def test_it_holds_no_secret() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"(?i)password|secret|token|api_?key", text) is None
