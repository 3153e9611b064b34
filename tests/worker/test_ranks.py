"""A job whose batches are shared by several processes, each with a device of its own."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
import torch.distributed
from torch._C._distributed_c10d import HashStore
from torch.distributed import distributed_c10d

from pdarts_core.parallel.communicator import (
    Alone,
    Communicator,
    MemoryRanOutElsewhere,
    ProcessLost,
    StartAnew,
)
from pdarts_core.recipe.events import EvaluationProcessesChanged
from pdarts_core.stages.events import ProcessesChanged
from store.database import Database
from store.lease import lose
from store.states import ErrorCode, JobState
from tests.support.attempts import claim_search, run_attempt
from tests.support.jobs import event_types, job_of, make_spec, queue_search, state_of
from tests.support.one_attempt import attempt_environment, start_attempt
from tests.support.outcomes import TARGETS, Record
from tests.support.servers import wait_until
from tests.worker.test_halved_batches import limit_batches
from worker import rank_process
from worker.kinds.evaluation import rows as evaluation_rows
from worker.kinds.search import rows as search_rows
from worker.ranks.group import RankGroup
from worker.ranks.joining import MeetingPlace
from worker.ranks.parcel import Contents, unwrap, wrap
from worker.ranks.running import run_in_group
from worker.ranks.task import Task

MEMBER = rank_process.__name__
SEED = 11
STEPS = 2
"""Of an epoch: there are 20 images, half of which train the weights."""
SHORT: dict[str, Any] = {
    "search": {
        "stages": [make_spec()["stages"][0] | {"num_to_keep": 1}],
        "batch_size": 5,
        "max_images": 20,
    },
    "evaluation": {},
}


def members_of(pid: int) -> list[psutil.Process]:
    """Return the other processes of the attempt that a process makes."""
    return [child for child in psutil.Process(pid).children() if MEMBER in child.cmdline()]


def own_members() -> list[psutil.Process]:
    return members_of(psutil.Process().pid)


def queue(database: Database, kind: str, **changes: Any) -> str:
    return TARGETS[kind].queue(database, device_count=2, **SHORT[kind] | changes)


def undisturbed(database: Database, home: Path, kind: str) -> Record:
    job_id = queue(database, kind)
    run_attempt(database, home)
    return TARGETS[kind].record(database, job_id)


def killed_again_and_again(database: Database, home: Path, kind: str, kills: int) -> Record:
    """Kill the other process of a job so many times, each time after a step chosen at random."""
    job_id = queue(database, kind, max_attempts=99)
    chance = random.Random(SEED)
    killed = 0

    def kill_at(chosen: int, now: int) -> bool:
        if now == chosen:
            own_members()[0].kill()
        return False

    while state_of(database, job_id) is JobState.QUEUED:
        chosen = chance.randint(1, STEPS) if killed < kills else 0
        run_attempt(database, home, at_step=partial(kill_at, chosen))
        killed += state_of(database, job_id) is JobState.QUEUED
    assert (killed, event_types(database, job_id).count("attempt_lost")) == (kills, kills)
    return TARGETS[kind].record(database, job_id)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_process_that_is_killed_ends_the_attempt_and_the_job_goes_on_to_the_same_result(
    database: Database, tmp_path: Path
) -> None:
    expected = undisturbed(database, tmp_path, "search")
    assert not own_members()
    assert killed_again_and_again(database, tmp_path, "search", kills=2) == expected


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", TARGETS)
def test_so_does_one_that_is_killed_twenty_times(
    database: Database, tmp_path: Path, kind: str
) -> None:
    expected = undisturbed(database, tmp_path, kind)
    assert killed_again_and_again(database, tmp_path, kind, kills=20) == expected


def test_a_process_that_was_started_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    child = "import os, time; from worker.ranks.parent import end_with; end_with(os.getppid())"
    child += f"; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], start_new_session=True) as process:
        wait_until((tmp_path / "pid").exists, "the child", 60)
        wait_until(lambda: (tmp_path / "pid").read_text() != "", "its id", 10)
        started = psutil.Process(int((tmp_path / "pid").read_text()))
        process.kill()
    wait_until(lambda: not started.is_running(), "its end", 30)


def in_fresh_process(code: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)


def test_that_alone_ends_it_and_no_request_to_end() -> None:
    code = "import os, signal; from worker.ranks.parent import end_with; end_with(os.getppid())"
    code += "; [os.kill(os.getpid(), s) for s in (signal.SIGTERM, signal.SIGINT)]; print('alive')"
    assert in_fresh_process(code).stdout == b"alive\n"


def test_once_ready_it_says_no_more_to_the_one_that_started_it() -> None:
    code = "import os; from worker.ranks.parent import say_ready; say_ready(); os.write(1, b'more')"
    said = in_fresh_process(code)
    assert (said.stdout, said.stderr) == (b"ready\n", b"more")


def test_what_it_is_given_is_read_where_it_lies(tmp_path: Path) -> None:
    images = torch.arange(100_000)
    with wrap({"images": images, "saved": b"abc", "seed": 3}, tmp_path) as parcel:
        read = unwrap(os.dup(parcel.fileno()))
    assert torch.equal(read.pop("images"), images)
    assert read == {"saved": b"abc", "seed": 3}
    assert not list(tmp_path.iterdir())


def test_it_does_not_copy_what_it_is_given(tmp_path: Path) -> None:
    with wrap({"images": torch.zeros(100_000)}, tmp_path) as parcel:
        images = unwrap(os.dup(parcel.fileno()))["images"]
        mapped = Path("/proc/self/maps").read_text().splitlines()
    where = [map(partial(int, base=16), line.split()[0].split("-")) for line in mapped]
    (line,) = (
        line
        for line, (begin, end) in zip(mapped, where, strict=True)
        if begin <= images.data_ptr() < end
    )
    assert str(tmp_path) in line


def test_processes_that_cannot_start_are_lost_and_leave_all_threads_to_this_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with (
            pytest.raises(ProcessLost, match="not a folder"),
            RankGroup(
                "search", device="cpu", size=2, step_timeout_seconds=1, folder=tmp_path / "file"
            ) as group,
        ):
            group.start({})
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_processes_that_do_not_meet_are_lost() -> None:
    with pytest.raises(ProcessLost, match="did not meet"):
        MeetingPlace.open().join(rank=0, size=2, device=torch.device("cpu"), timeout_seconds=0.1)


class EndedGroup(RankGroup):
    """A group whose other processes are shells that end as they are told."""

    def __init__(self, *endings: str, device: str = "cpu") -> None:
        size = len(endings) + 1
        super().__init__("search", device=device, size=size, step_timeout_seconds=1, folder=Path())
        self._members = [
            subprocess.Popen(["/bin/sh", "-c", ending], stdout=subprocess.PIPE, text=True)
            for ending in endings
        ]

    def wait_for_first(self) -> None:
        self._members[0].wait()

    @property
    def is_first_there(self) -> bool:
        return any(member.poll() is None for member in self._members[:1])


@pytest.mark.parametrize(
    ("endings", "kind", "told"),
    [
        (["exit 13", "sleep 0.2; exit 12"], MemoryRanOutElsewhere, "process 2 of 3"),
        (["exit 13", "sleep 0.2; kill -9 $$"], ProcessLost, "process 2 of 3 ended (signal 9)"),
        (["exit 13", "exit 13"], ProcessLost, "process 1 of 3 ended (exit status 13)"),
        (["exit 13", "exec sleep 60"], ProcessLost, "process 1 of 3 ended (exit status 13)"),
    ],
    ids=["memory", "killed", "all left alone", "the other goes on"],
)
def test_the_process_with_which_it_began_is_the_lost_one(
    monkeypatch: pytest.MonkeyPatch, endings: list[str], kind: type[Exception], told: str
) -> None:
    with EndedGroup(*endings) as group:
        if "60" in endings[1]:
            monkeypatch.setattr("worker.ranks.group._ENDING_SECONDS", 0.1)
            group.wait_for_first()
        loss = group.loss()
    assert type(loss) is kind
    assert told in str(loss)


def test_on_gpus_a_process_leaves_its_group_before_it_ends_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.distributed.init_process_group("gloo", store=HashStore(), rank=0, world_size=1)
    ended = EndedGroup("exec sleep 60", device="cuda")
    found: list[bool] = []

    def abort() -> None:
        found.append(ended.is_first_there)
        distributed_c10d._abort_process_group()

    monkeypatch.setattr("worker.ranks.group._abort_process_group", abort)
    ended.stop()
    assert found == [True]
    assert not ended.is_first_there
    assert not torch.distributed.is_initialized()


def test_with_the_attempt_its_processes_are_gone(database: Database, tmp_path: Path) -> None:
    queue(database, "search", stages=[make_spec()["stages"][0] | {"num_to_keep": 1, "epochs": 99}])
    environment = attempt_environment(tmp_path, database) | {"PDARTS_GPUS_PER_WORKER": "2"}
    attempt = start_attempt(environment, tmp_path)
    wait_until(lambda: bool(members_of(attempt.pid)), "the other process", 60)
    (other,) = members_of(attempt.pid)
    attempt.kill()
    wait_until(lambda: not other.is_running(), "its end", 30)


@pytest.mark.slow
def test_the_others_wait_longer_for_the_attempt_than_its_watchdog_does(
    database: Database, tmp_path: Path
) -> None:
    """The attempt's own process measures and writes alone, and feeds its watchdog all the while."""
    search_id = queue(database, "search")
    told: list[Task] = []

    def look(_: int) -> bool:
        told.extend(Task.from_argument(other.cmdline()[-1]) for other in own_members())
        return False

    run_attempt(database, tmp_path, at_step=look, step_timeout_seconds=900.0)
    assert state_of(database, search_id) is JobState.SUCCEEDED
    assert min(task.timeout_seconds for task in told) > 24 * 3600


@pytest.mark.slow
def test_where_memory_runs_out_all_processes_begin_the_stage_again_in_smaller_parts(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_batches(monkeypatch, from_batch=1)
    search_id = queue(database, "search", batch_size=10)
    run_attempt(database, tmp_path)
    assert state_of(database, search_id) is JobState.SUCCEEDED
    assert event_types(database, search_id).count("batch_halved") == 1
    assert "attempt_lost" not in event_types(database, search_id)


def test_history_says_that_another_number_of_devices_goes_on() -> None:
    lines = [
        search_rows.processes_changed(ProcessesChanged(stage=2, epochs=7, before=1, now=2)),
        evaluation_rows.processes_changed(EvaluationProcessesChanged(epochs=7, before=1, now=2)),
    ]
    assert {(line.type, line.message) for line in lines} == {
        (
            "devices_changed",
            "goes on with 2 devices instead of 1: from here on, sums are rounded differently",
        )
    }
    assert [line.data for line in lines] == [
        {"stage": 2, "before": 1, "now": 2},
        {"epochs": 7, "before": 1, "now": 2},
    ]


class PlayedGroup(RankGroup):
    """A group that notes what its other processes would be given."""

    def __init__(self) -> None:
        super().__init__("search", device="cpu", size=2, step_timeout_seconds=1, folder=Path())
        self.told: list[Any] = []

    def start(self, contents: Contents) -> Communicator:
        self.told.append(contents)
        return Alone(size=2)

    def stop(self) -> None:
        self.told.append("stopped")


def test_where_memory_runs_out_all_are_started_again_from_where_the_job_begins_again() -> None:
    def run(checkpoint: int | None, _: Communicator) -> Iterator[str]:
        yield f"from {checkpoint}"
        if checkpoint is None:
            yield "halved"
            raise StartAnew

    group = PlayedGroup()
    events = run_in_group(
        group,
        None,
        run=run,
        contents=lambda checkpoint: {"checkpoint": checkpoint},
        goes_back_to=lambda event: 7 if event == "halved" else None,
    )
    assert list(events) == ["from None", "halved", "from 7"]
    assert group.told == [{"checkpoint": None}, "stopped", {"checkpoint": 7}, "stopped"]


def test_a_job_whose_processes_die_without_a_checkpoint_fails_in_the_end(
    database: Database,
) -> None:
    search_id = queue_search(database, max_attempts=2)
    states = []
    for _ in range(2):
        lease = claim_search(database).lease
        with database.write() as session:
            lose(session, lease, "process 1 of 2 ended")
        states.append(state_of(database, search_id))
    assert states == [JobState.QUEUED, JobState.FAILED]
    assert job_of(database, search_id).error_code is ErrorCode.WORKER_LOST
