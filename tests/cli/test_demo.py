"""`pdarts demo`: from images to a tested network, through HTTP; it leaves nothing behind."""

import json
import re
import signal
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy import select

from cli.demo import ABOUT_PLANTED, ABOUT_SEEDS, SPEC, demo
from cli.errors import JobNotSucceeded
from pdarts_core.genotype import from_dict, from_python
from pdarts_core.space.cells import CELL_KINDS
from store.database import Database
from store.settings import Settings
from store.states import JobState
from store.tables import Job
from tests.support.servers import wait_until
from tests.support.service import (
    PDARTS,
    STOP_SECONDS,
    Service,
    clean_environment,
    processes_of,
    run_pdarts,
)

pytestmark = pytest.mark.timeout(600)  # whole services, on a machine that is busy
SMALL = {
    **SPEC,
    "max_images": 100,
    "batch_size": 25,
    "init_channels": 1,
    "stages": [
        {"layers": 3, "num_to_keep": keep, "epochs": 1, "warmup_epochs": 0} for keep in (5, 3, 1)
    ],
}

RECIPE = {
    **SPEC,
    "max_images": 100,
    "epochs": 1,
    "init_channels": 2,
    "layers": 3,
}


class Demo:
    """A `pdarts demo` and what it says."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._said = folder / "said"
        with self._said.open("wb") as output:
            self.process = subprocess.Popen(
                [*PDARTS, "demo", "--output", str(folder / "demo")],
                env=clean_environment(self.home),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def wait_until_said(self, word: str) -> None:
        wait_until(lambda: word in self.said or self.process.poll() is not None, word, 120)
        assert self.process.poll() is None, self.said


@pytest.fixture
def found(running: Service) -> Settings:
    """The settings with which the service is found that is up."""
    return Settings(home=running.home, port=httpx.URL(running.url).port)


def test_it_ends_in_a_network_and_its_test_accuracy(
    found: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo(found, tmp_path / "demo", SMALL, RECIPE)
    said, warned = capsys.readouterr()
    assert "A service is up" in said
    assert "warning: Stages 1, 2 and 3 take 2 alpha steps each" in warned
    document = json.loads((tmp_path / "demo" / "genotype.json").read_text())
    genotype = from_dict(document["genotype"])
    assert from_python(document["python"]) == genotype
    for cell in CELL_KINDS:
        drawing = tmp_path / "demo" / f"{cell}.svg"
        assert ET.parse(drawing).getroot().tag.endswith("svg")
        assert str(drawing) in said
    assert re.findall(r"stage (\d)/3  epoch +(\d)", said) == [("1", "1"), ("2", "1"), ("3", "1")]
    assert "Signal none: nothing was found that stands out from chance." in said
    assert "The genotype is no better supported than one drawn at random." in said
    assert ABOUT_SEEDS in said.replace("\n", " ")
    with zipfile.ZipFile(tmp_path / "demo" / "model.zip") as model:
        assert any(name.endswith(".safetensors") for name in model.namelist())
    _, end = said.rsplit("model card.", 1)
    assert re.fullmatch(
        r"\s+Right on \d+\.\d% of 360 test images"
        r" \(95% interval \d+\.\d% to \d+\.\d%; chance 1\d\.\d%\)\."
        r"\nSignal none: nothing was found that stands out from chance\.\s+(?P<hint>.+)\n",
        end,
    )
    assert end.rstrip().endswith(ABOUT_PLANTED)
    assert all(operation in said for operation, _ in genotype.normal)


def test_a_search_that_fails_ends_it_with_code_and_reason(found: Settings, tmp_path: Path) -> None:
    hopeless = {**SMALL, "learning_rate": 10.0, "grad_clip": 1e6, "weight_decay": 1.0}
    with pytest.raises(JobNotSucceeded, match="finite") as caught:
        demo(found, tmp_path / "demo", hopeless)
    assert caught.value.code == "diverged"
    assert not (tmp_path / "demo").exists()


@pytest.mark.slow
def test_stopped_early_it_cancels_its_search(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    demo.wait_until_said("running")
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(STOP_SECONDS) == 130, demo.said
    database = Database(Settings(home=demo.home).database_url)
    with database.read() as session:
        assert session.scalars(select(Job.state)).all() == [JobState.CANCELLED]
    database.close()
    assert processes_of(demo.home) == []


@pytest.mark.slow
def test_where_no_service_can_be_started_it_says_why(tmp_path: Path) -> None:
    database = "sqlite:////proc/no/such/folder/pdarts.db"
    failed = run_pdarts(tmp_path / "home", "demo", PDARTS_DATABASE_URL=database)
    assert failed.returncode == 1
    assert "cannot use the database sqlite:////proc" in failed.stderr
