"""Programs that may die: they end with whoever waits for them, and get nothing that is secret."""

import asyncio
import signal
import subprocess
import tempfile

import pytest

from api.resources import mortal_program
from api.resources.mortal_program import Program, run_program


def test_it_ends_with_whoever_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    is_started = asyncio.Event()
    start = mortal_program._start

    async def give_up() -> None:
        loop = asyncio.get_running_loop()

        def start_and_tell(program: Program) -> "subprocess.Popen[bytes]":
            started.append(start(program))
            loop.call_soon_threadsafe(is_started.set)
            return started[-1]

        monkeypatch.setattr(mortal_program, "_start", start_and_tell)
        with tempfile.TemporaryFile() as file:
            program = Program(command=["sleep", "20"], source=file, seconds=60)
            running = asyncio.create_task(run_program(program))
            await is_started.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    asyncio.run(give_up())
    (process,) = started
    assert process.wait() == -signal.SIGKILL


def test_it_is_not_waited_for_longer_than_it_may_take() -> None:
    with tempfile.TemporaryFile() as file, pytest.raises(subprocess.TimeoutExpired):
        asyncio.run(run_program(Program(command=["sleep", "600"], source=file, seconds=0.01)))


def test_its_environment_has_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDARTS_SECRETS_KEY", "secret")
    with tempfile.TemporaryFile() as file:
        program = Program(command=["env"], source=file, seconds=60, variables={"TMPDIR": "/here"})
        told = asyncio.run(run_program(program)).stdout.decode().splitlines()
    assert "TMPDIR=/here" in told
    assert not [line for line in told if line.startswith("PDARTS")]
