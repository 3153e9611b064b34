"""Programs that a killed start has left, and the next start that waits for them."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cli.errors import AlreadyInUse
from cli.home import Home, open_home
from cli.leftovers import Programs, listen_after, programs_of
from cli.listening import listen
from cli.stop_signals import StopSignals
from store.settings import Settings
from tests.support.servers import free_port, wait_until

LOCALHOST = "127.0.0.1"
LEAVES_WHEN_TOLD = "import sys; sys.stdin.read()"
PATIENCE_SECONDS = 60.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(Settings(home=tmp_path / "home"))


@contextmanager
def leftover(home: Home, *inherited: int) -> Iterator[subprocess.Popen[bytes]]:
    """A program of an earlier start, which ends when its input does."""
    with programs_of(home) as programs:
        assert programs.take_over()
        process = subprocess.Popen(
            [sys.executable, "-c", LEAVES_WHEN_TOLD],
            stdin=subprocess.PIPE,
            pass_fds=(programs.descriptor, *inherited),
        )
    with process:
        yield process


def listened(programs: Programs, port: int, *, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Listen as a start does, and return the port."""
    address = (LOCALHOST, port)
    found = listen_after(programs, address, StopSignals(), patience_seconds=patience_seconds)
    assert found is not None
    with closing(found):
        return int(found.getsockname()[1])


def leave_soon(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    threading.Timer(0.3, process.stdin.close).start()


def test_a_first_start_waits_for_nobody(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with programs_of(home) as programs:
        assert listened(programs, 0)
    assert capsys.readouterr().out == ""


def test_a_port_that_a_leftover_holds_is_waited_for_and_that_is_told(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = listen(LOCALHOST, 0)
    port = opened.getsockname()[1]
    with leftover(home, opened.fileno()) as process, programs_of(home) as programs:
        opened.close()
        leave_soon(process)
        assert listened(programs, port) == port
        assert process.wait() == 0
    assert "waiting for its programs to end" in capsys.readouterr().out


def test_a_leftover_that_holds_no_port_is_waited_for_too(home: Home) -> None:
    with leftover(home) as process, programs_of(home) as programs:
        leave_soon(process)
        listened(programs, 0)
        assert process.wait(1) == 0


def test_a_port_of_somebody_else_is_refused_at_once(home: Home) -> None:
    with closing(listen(LOCALHOST, 0)) as taken, programs_of(home) as programs:
        begun = time.monotonic()
        with pytest.raises(AlreadyInUse, match="is in use by another program"):
            listened(programs, taken.getsockname()[1])
        assert time.monotonic() - begun < PATIENCE_SECONDS / 2


def test_a_leftover_that_never_ends_is_not_waited_for_for_ever(home: Home) -> None:
    port = free_port()
    with leftover(home) as process, programs_of(home) as programs:
        assert listened(programs, port, patience_seconds=0.1) == port
        assert process.poll() is None


def test_who_starts_beside_a_leftover_takes_its_lock_later(home: Home) -> None:
    with leftover(home) as process, programs_of(home) as programs:
        listened(programs, 0, patience_seconds=0.0)
        process.communicate()
        wait_until(lambda: not is_free(home), "the lock to be taken")


def is_free(home: Home) -> bool:
    with programs_of(home) as programs:
        return programs.take_over()


def test_ctrl_c_ends_the_wait(home: Home) -> None:
    stop_signals = StopSignals()
    threading.Timer(0.3, stop_signals.receive, (2, None)).start()
    with leftover(home), programs_of(home) as programs:
        address = (LOCALHOST, 0)
        assert listen_after(programs, address, stop_signals, patience_seconds=60.0) is None
