"""The command lines and environments of the service's programs."""

from pathlib import Path

import joblib
import pytest

from cli.home import Home
from cli.programs import worker_command, worker_programs
from store.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(folder=tmp_path)


def test_each_gpu_has_a_worker_that_sees_no_other(home: Home) -> None:
    programs = worker_programs(Settings(home=home.folder), home, ["0", "GPU-1"], logs=home.logs)
    assert [(p.name, p.environment["CUDA_VISIBLE_DEVICES"]) for p in programs] == [
        ("worker-0", "0"),
        ("worker-1", "GPU-1"),
    ]
    assert len({p.log for p in programs}) == 2


def test_workers_of_one_machine_share_its_processors(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    programs = worker_programs(Settings(home=home.folder), home, ["0", "1"], logs=None)
    share = str(max(1, joblib.cpu_count() // 2))
    assert [p.environment["OMP_NUM_THREADS"] for p in programs] == [share, share]


def test_who_sets_the_number_of_threads_is_obeyed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    programs = worker_programs(Settings(home=home.folder), home, ["0", "1"], logs=None)
    assert {p.environment["OMP_NUM_THREADS"] for p in programs} == {"7"}


def test_without_a_gpu_there_is_one_worker(home: Home) -> None:
    (program,) = worker_programs(Settings(home=home.folder), home, [], logs=None)
    assert program.name == "worker"


def test_workers_of_one_machine_have_names_of_their_own_and_do_not_gossip() -> None:
    command = worker_command("worker-1")
    assert command[command.index("--hostname") + 1] == "worker-1@%h"
    assert {"--without-mingle", "--without-gossip"} <= set(command)
