"""The embedded Redis: found, private, keeping nothing, and started over what a killed one left."""

import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from cli.embedded_redis import (
    answers,
    bundled_server,
    find_redis_server,
    prepare_socket,
    redis_command,
)
from cli.errors import UnfitMachine
from store.settings import Settings
from tests.support.servers import wait_until


@contextmanager
def embedded_redis(socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    prepare_socket(socket)
    command = redis_command(find_redis_server(), socket)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: answers(socket), "Redis")
        yield process
        process.kill()


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return Settings(home=tmp_path / "home").embedded_redis_socket


def test_it_serves_on_a_socket_that_only_its_owner_can_reach(socket: Path) -> None:
    with embedded_redis(socket), redis.Redis(unix_socket_path=str(socket)) as client:
        assert client.lpush("pdarts", "a message") == 1
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        assert client.info("server")["tcp_port"] == 0


def test_it_writes_nothing_to_the_disk(socket: Path) -> None:
    with embedded_redis(socket) as process, redis.Redis(unix_socket_path=str(socket)) as client:
        client.lpush("pdarts", "a message")
        process.terminate()
        process.wait()
        assert list(socket.parent.iterdir()) == []


def test_the_socket_of_a_killed_server_is_cleared_away(socket: Path) -> None:
    with embedded_redis(socket) as process:
        process.kill()
        process.wait()
    assert socket.exists()
    with embedded_redis(socket):
        assert answers(socket)


def test_a_server_that_was_left_running_is_replaced(socket: Path) -> None:
    with embedded_redis(socket) as leftover:
        prepare_socket(socket)
        assert leftover.wait(timeout=60) == 0
        assert not socket.exists()


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnfitMachine, match="not a folder of yours"):
        prepare_socket(tmp_path / "run" / "redis.sock")


def program(folder: Path, name: str) -> Path:
    """Put a program of this name into a folder that is all of the PATH."""
    made = folder / name
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_the_path_is_preferred(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    system = program(tmp_path, name)
    assert find_redis_server() == system


def test_the_one_that_came_with_the_dependencies_is_found_without_a_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    assert find_redis_server() == bundled_server()
    assert b"Valkey server" in subprocess.check_output([find_redis_server(), "--version"])


@pytest.mark.parametrize(
    ("installer", "command"),
    [
        ("apt-get", "apt-get install redis-server"),
        ("brew", "brew install redis"),
        ("another", "apt-get install redis-server"),
    ],
)
def test_where_there_is_none_the_error_names_the_command_that_installs_one(
    installer: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("cli.embedded_redis._WHEEL", "no_such_package")
    program(tmp_path, installer)
    with pytest.raises(UnfitMachine, match=rf"Run: {command} .*PDARTS_REDIS_URL"):
        find_redis_server()
