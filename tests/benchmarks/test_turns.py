"""Programs that run in turns."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from benchmarks.processor_time import processor_seconds
from benchmarks.turns import Program, take_turns
from tests.support.servers import wait_until

SPIN = "while True: pass"
WITH_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPIN!r}])"


@contextmanager
def running(code: str) -> Iterator[int]:
    """Run Python code in a process of its own and yield its id."""
    process = subprocess.Popen([sys.executable, "-c", code])
    family = psutil.Process(process.pid)
    try:
        yield process.pid
    finally:
        for member in (*family.children(recursive=True), family):
            member.kill()
        process.wait()


def test_what_a_paused_program_started_stands_still_too() -> None:
    with running(WITH_CHILD) as pid:
        wait_until(lambda: bool(psutil.Process(pid).children()), "the child")
        program = Program(pid)
        program.pause()
        before = processor_seconds(pid)
        time.sleep(0.2)
        assert processor_seconds(pid) == before
        program.resume()
        wait_until(lambda: processor_seconds(pid) > before, "the child to go on")


def test_pauses_are_no_part_of_the_time_that_a_program_ran() -> None:
    with running(SPIN) as pid:
        program = Program(pid)
        begin = time.time()
        program.pause()
        time.sleep(0.2)
        program.resume()
        end = time.time()
        assert program.running_seconds(begin, end) <= end - begin - 0.2
        assert program.running_seconds(end, end + 1) == pytest.approx(1)


def test_a_pause_that_reaches_into_a_span_counts_as_far_as_it_does() -> None:
    with running(SPIN) as pid:
        program = Program(pid)
        program.pause()
        middle = time.time()
        time.sleep(0.1)
        program.resume()
        end = time.time()
        assert program.running_seconds(middle, end) < end - middle - 0.05


def test_one_program_stands_still_while_the_other_has_its_turn() -> None:
    with running(SPIN) as one, running(SPIN) as other:
        programs = Program(one), Program(other)
        for program in programs:
            program.pause()
        looks = [time.time()]

        def is_over() -> bool:
            looks.append(time.time())
            return len(looks) > 3

        take_turns(*programs, seconds=0.2, is_over=is_over)
        ran = [program.running_seconds(looks[0], looks[-1]) for program in programs]
        assert min(ran) >= 0.4
        assert sum(ran) <= looks[-1] - looks[0]
