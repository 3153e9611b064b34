"""How the processes of a worker learn that they are to end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.draining import DrainFlag, sigterm_event

ROOT = Path(__file__).parents[2]
FORKS = """
import os
from worker.draining import DrainFlag

flag = DrainFlag()
print(flag.is_set())
child = os.fork()
if child == 0:
    flag.{change}
    os._exit(0)
os.waitpid(child, 0)
print(flag.is_set())
"""


@pytest.mark.parametrize("change", ["set()", "follow(wish=True)"])
def test_a_flag_is_one_for_all_forked_processes(change: str) -> None:
    # In a process of its own, since this one has threads.
    command = [sys.executable, "-c", FORKS.format(change=change)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "True"]


def test_a_wish_can_be_taken_back() -> None:
    flag = DrainFlag()
    flag.follow(wish=True)
    flag.follow(wish=False)
    assert not flag.is_set()


def test_a_worker_that_ends_does_so_whatever_is_wished() -> None:
    flag = DrainFlag()
    flag.set()
    flag.follow(wish=False)
    assert flag.is_set()


def test_a_sigterm_is_noted_and_does_not_end_the_process() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with sigterm_event() as received:
        assert not received.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert received.is_set()
    assert signal.getsignal(signal.SIGTERM) == before
