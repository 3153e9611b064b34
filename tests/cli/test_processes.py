"""Programs are kept running, and nothing that they start outlives them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli import log_files
from cli.processes import Death, KeepsEnding, Program, RestartPolicy
from cli.supervisor import Supervisor
from tests.support.servers import wait_until
from tests.support.service import is_running

EAGER = RestartPolicy(
    first_seconds=0.01, longest_seconds=0.01, too_many_deaths=3, healthy_seconds=60
)


def program(folder: Path, code: str, *, name: str = "child", stop_seconds: float = 10) -> Program:
    """A program that runs Python code; `log` is where its output goes."""
    return Program(
        name=name,
        command=[sys.executable, "-I", "-S", "-u", "-c", code],
        environment=dict(os.environ),
        folder=folder,
        log=folder / f"{name}.log",
        stop_seconds=stop_seconds,
    )


def written(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


SLEEP = "import time; print('up'); time.sleep(600)"


def test_a_program_is_a_session_of_its_own(tmp_path: Path) -> None:
    code = "import os, time; print(os.getsid(0) == os.getpid()); time.sleep(600)"
    supervisor = Supervisor([[program(tmp_path, code)]])
    supervisor.start()
    wait_until(lambda: written(tmp_path / "child.log") == ["True"], "the child's word")
    supervisor.stop()


def test_a_program_that_ends_is_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor([[program(tmp_path, SLEEP)]], policy=EAGER)
    supervisor.start()
    first = supervisor.children[0].pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    deaths: list[Death] = []

    def has_a_successor() -> bool:
        deaths.extend(supervisor.keep_running())
        return supervisor.children[0].pid not in {None, first}

    wait_until(has_a_successor, "a second process")
    supervisor.stop()
    assert [death.exit_code for death in deaths] == [-signal.SIGKILL]
    assert "killed by SIGKILL" in str(deaths[0])


def test_a_program_that_keeps_ending_is_given_up_with_the_end_of_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(
        [[program(tmp_path, "print('no such file'); raise SystemExit(7)")]], policy=EAGER
    )
    supervisor.start()

    def run() -> bool:
        supervisor.keep_running()
        return False

    with pytest.raises(KeepsEnding, match=r"(?s)exit code 7.*no such file"):
        wait_until(run, "the end of patience")
    assert written(tmp_path / "child.log").count("file") == EAGER.too_many_deaths


def test_the_pause_before_a_start_grows_up_to_a_bound() -> None:
    policy = RestartPolicy(first_seconds=1, longest_seconds=5)
    assert [policy.pause(deaths) for deaths in (1, 2, 3, 4, 5)] == [1, 2, 4, 5, 5]


def test_layers_start_in_order_and_stop_in_reverse_order(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    code = (
        "import pathlib, signal, sys, time\n"
        f"diary = pathlib.Path({str(diary)!r}).open('a')\n"
        "def stop(*_):\n"
        "    time.sleep(0.1); print('-' + NAME, file=diary, flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('+' + NAME, file=diary, flush=True)\n"
        "time.sleep(600)\n"
    )
    layers = [[program(tmp_path, f"NAME = {name!r}\n{code}", name=name)] for name in "abc"]
    supervisor = Supervisor(layers)
    supervisor.start()
    wait_until(lambda: len(written(diary)) == 3, "three programs")
    supervisor.stop()
    assert written(diary)[3:] == ["-c", "-b", "-a"]


def test_a_program_that_does_not_stop_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grandchild = subprocess.Popen(['sleep', '600'])\n"
        "print(grandchild.pid); grandchild.wait()\n"
    )
    supervisor = Supervisor([[program(tmp_path, code, stop_seconds=0.2)]])
    supervisor.start()
    wait_until(lambda: bool(written(tmp_path / "child.log")), "the grandchild's id")
    grandchild = int(written(tmp_path / "child.log")[0])
    supervisor.stop()
    wait_until(lambda: not is_running(grandchild), "the grandchild's end")
    assert supervisor.children[0].pid is None


def test_a_hurry_does_not_wait(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(600)"
    supervisor = Supervisor([[program(tmp_path, code, stop_seconds=600)]])
    supervisor.start()
    wait_until(lambda: written(tmp_path / "child.log") == ["up"], "the child's word")
    supervisor.stop(in_a_hurry=lambda: True)
    assert supervisor.children[0].pid is None


def test_what_a_dead_program_leaves_is_killed_before_it_starts_again(tmp_path: Path) -> None:
    code = (
        "import subprocess, time\nprint(subprocess.Popen(['sleep', '600']).pid); time.sleep(600)\n"
    )
    supervisor = Supervisor([[program(tmp_path, code)]], policy=EAGER)
    supervisor.start()
    wait_until(lambda: len(written(tmp_path / "child.log")) == 1, "the grandchild's id")
    grandchild, child = int(written(tmp_path / "child.log")[0]), supervisor.children[0].pid
    assert child is not None
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: bool(supervisor.keep_running()), "the death")
    wait_until(lambda: not is_running(grandchild), "the grandchild's end")
    supervisor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part, which only Linux has")
def test_programs_end_when_the_one_who_started_them_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from cli.supervisor import Supervisor\n"
        "from tests.cli.test_processes import SLEEP, program\n"
        "supervisor = Supervisor([[program(Path(sys.argv[1]), SLEEP)]]); supervisor.start()\n"
        "print(supervisor.children[0].pid, flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        wait_until(lambda: written(tmp_path / "child.log") == ["up"], "the child's word")
        starter.kill()
    wait_until(lambda: not is_running(child), "the child's end")


def test_a_grown_log_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    with log.open("wb") as file:
        file.truncate(20_000_000)
    supervisor = Supervisor([[program(tmp_path, SLEEP)]])
    supervisor.start()
    wait_until(lambda: written(log) == ["up"], "a fresh log")
    supervisor.stop()
    assert (tmp_path / "child.log.1").stat().st_size == 20_000_000


def test_a_log_that_grows_is_put_aside_while_the_program_goes_on_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "LARGEST_LOG", 1000)
    log, aside = tmp_path / "child.log", tmp_path / "child.log.1"
    code = (
        "import sys, time\n"
        "for n in range(10**9): sys.stdout.write(f'line {n}\\n'); time.sleep(0.0001)\n"
    )
    supervisor = Supervisor([[program(tmp_path, code)]])
    supervisor.start()
    numbers: list[list[int]] = []

    def has_put_lines_aside_twice() -> bool:
        assert supervisor.keep_running() == []
        kept = [int(word) for word in written(aside) if word.isdigit()]
        if kept and (not numbers or kept != numbers[-1]):
            numbers.append(kept)
        return len(numbers) == 2

    wait_until(has_put_lines_aside_twice, "lines that are put aside")
    wait_until(lambda: bool(written(log)), "another line")
    supervisor.stop()
    assert numbers[1][0] > numbers[0][-1]
    assert int(written(log)[-1]) > numbers[1][-1]
    assert aside.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_kept_is_emptied_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "LARGEST_LOG", 1000)
    log = tmp_path / "child.log"
    log.write_text("x" * 2000)
    (tmp_path / "child.log.1").symlink_to("/dev/full")
    log_files.keep_small(log)
    assert log.stat().st_size == 0
