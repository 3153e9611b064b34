"""`pdarts demo`: a whole search, through HTTP, that leaves nothing behind."""

import json
import re
import signal
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select

from pdarts_core.genotype import from_dict, from_python
from store.database import Database
from store.settings import Settings
from store.states import JobState
from store.tables import Job
from tests.support.servers import wait_until
from tests.support.service import PDARTS, STOP_SECONDS, clean_environment, processes_of, run_pdarts

SEARCH_SECONDS = 800.0
pytestmark = pytest.mark.timeout(900)  # whole searches and services, on a machine that is busy


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


def test_it_ends_in_a_genotype_saved_and_drawn(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    assert demo.process.wait(SEARCH_SECONDS) == 0, demo.said
    document = json.loads((tmp_path / "demo" / "genotype.json").read_text())
    genotype = from_dict(document["genotype"])
    assert from_python(document["python"]) == genotype
    for cell in ("normal", "reduce"):
        assert ET.parse(tmp_path / "demo" / f"{cell}.svg").getroot().tag.endswith("svg")
        assert str(tmp_path / "demo" / f"{cell}.svg") in demo.said
    lines = re.findall(r"stage \d/3  epoch +\d+  \w+ +accuracy", demo.said)
    assert len(lines) == 15
    assert all(operation in demo.said for operation, _ in genotype.normal)
    assert processes_of(demo.home) == []


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


def test_where_no_service_can_be_started_it_says_why(tmp_path: Path) -> None:
    database = "sqlite:////proc/no/such/folder/pdarts.db"
    failed = run_pdarts(tmp_path / "home", "demo", PDARTS_DATABASE_URL=database)
    assert failed.returncode == 1
    assert "cannot use the database sqlite:////proc" in failed.stderr
