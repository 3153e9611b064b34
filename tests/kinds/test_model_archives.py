"""The zip of an evaluation: what it takes to use its network, and to know what it is worth."""

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support.evaluation_jobs import CELLS
from tests.support.evaluation_service import Place
from tests.support.images import make_image

FILES = {
    "README.md",
    "genotype.json",
    "genotype.svg",
    "result.json",
    "confusion.svg",
    "model.safetensors",
    "model.pt",
    "model.onnx",
    "network.py",
}


def fetch(client: httpx.Client, evaluated: str, **asked: str) -> bytes:
    answer = client.get(f"{evaluated}/model", params={"format": "zip"} | asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    return answer.content


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


@pytest.fixture(scope="module")
def unpacked(
    client: httpx.Client, evaluated: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder in the zip, with a photo beside what was in it."""
    home = tmp_path_factory.mktemp("taken_home")
    opened(fetch(client, evaluated)).extractall(home)
    (folder,) = home.iterdir()
    make_image().resize((8, 8)).save(folder / "photo.jpg")
    return folder


def code_of(folder: Path, language: str) -> list[str]:
    card = (folder / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", card, re.DOTALL)


def test_it_has_every_form_and_what_was_found(
    client: httpx.Client, evaluated: str, unpacked: Path
) -> None:
    assert unpacked.name == f"{evaluated.removeprefix('/evaluations/')}-last"
    assert {file.name for file in unpacked.iterdir()} == FILES | {"photo.jpg"}
    for name, form in (
        ("model.safetensors", "safetensors"),
        ("model.pt", "torch"),
        ("model.onnx", "onnx"),
        ("network.py", "python"),
    ):
        alone = client.get(f"{evaluated}/model", params={"format": form}).content
        assert (unpacked / name).read_bytes() == alone
    told = json.loads((unpacked / "result.json").read_text(encoding="utf-8"))
    assert told == client.get(f"{evaluated}/result").json()
    assert json.loads((unpacked / "genotype.json").read_text(encoding="utf-8")) == CELLS
    for drawing in ("genotype.svg", "confusion.svg"):
        assert "<svg" in (unpacked / drawing).read_text(encoding="utf-8")


@pytest.mark.parametrize("which", ["last", "best"])
def test_it_is_the_same_bytes_each_time(client: httpx.Client, evaluated: str, which: str) -> None:
    data = fetch(client, evaluated, which=which)
    assert fetch(client, evaluated, which=which) == data
    entries = opened(data).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    # Sizes and checksums stand before the content: it can be unpacked while it comes in.
    assert all(not entry.flag_bits & 8 for entry in entries)
    assert opened(data).testzip() is None


@pytest.mark.slow  # tests/pdarts_core/test_export.py runs the program
def test_the_commands_of_its_card_run_without_this_project(unpacked: Path) -> None:
    (commands,) = code_of(unpacked, "bash")
    install, *others = commands.splitlines()
    assert install == "pip install torch numpy safetensors pillow"
    answers = [_run(command, unpacked) for command in others]
    assert len({answer.removeprefix("photo.jpg: ").split()[0] for answer in answers}) == 1


def _run(command: str, folder: Path) -> str:
    program, *arguments = command.split()
    assert program == "python"
    # Isolated (-I): neither the current folder nor PYTHONPATH is searched.
    done = subprocess.run(
        [sys.executable, "-I", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_programs_agree_on_the_class(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(unpacked)
    monkeypatch.syspath_prepend(unpacked)
    programs = code_of(unpacked, "python")
    for program in programs:
        exec(compile(program, "README.md", "exec"), {})  # noqa: S102
    monkeypatch.delitem(sys.modules, "network")
    answers = capsys.readouterr().out.split()
    assert len(answers) == len(programs) == 2
    assert len(set(answers)) == 1


def test_its_card_tells_what_the_figures_rest_on(
    client: httpx.Client, evaluated: str, unpacked: Path
) -> None:
    card = (unpacked / "README.md").read_text(encoding="utf-8")
    accuracy = client.get(evaluated).json()["result"]["accuracy"]
    value, low, high = (f"{100 * accuracy[name]:.1f}%" for name in ("value", "low", "high"))
    assert f"{value} of 360 test images right, 95% interval {low} to {high}" in card


def test_a_new_name_is_another_archive(client: httpx.Client, place: Place) -> None:
    path = f"/evaluations/{place.evaluate()}"
    before = client.head(f"{path}/model", params={"format": "zip"}).headers["etag"]
    client.patch(path, json={"name": "cats & dogs"})
    data = fetch(client, path)
    card = next(name for name in opened(data).namelist() if name.endswith("README.md"))
    assert opened(data).read(card).startswith(b"# cats \\& dogs\n")
    assert client.head(f"{path}/model", params={"format": "zip"}).headers["etag"] != before
