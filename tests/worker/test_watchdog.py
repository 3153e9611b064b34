"""A process in which nothing goes on any more."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import time
from worker.watchdog import Watchdog

def step_that_hangs():
    time.sleep({seconds})

with Watchdog({timeout}) as watchdog:
    for _ in range({steps}):
        step_that_hangs()
        watchdog.feed()
time.sleep({timeout} + 0.2)
print("went on")
"""


def run(**values: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(**values)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_is_ended_and_leaves_a_traceback() -> None:
    ended = run(timeout=0.2, seconds=30, steps=1)
    assert ended.returncode == 1
    assert "step_that_hangs" in ended.stderr


def test_one_that_makes_steps_goes_on_and_so_it_does_when_they_are_done() -> None:
    assert run(timeout=2.0, seconds=0.3, steps=8).stdout == "went on\n"
