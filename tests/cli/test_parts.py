"""The service's parts by themselves: `pdarts migrate`, `pdarts api`, `pdarts worker`."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from migrations.schema import newest_revision
from tests.support.servers import RedisServer, free_port, wait_until
from tests.support.service import (
    PDARTS,
    START_SECONDS,
    STOP_SECONDS,
    clean_environment,
    processes_of,
    run_pdarts,
)

pytestmark = pytest.mark.timeout(300)


@contextmanager
def part(name: str, home: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a part from a folder whose contents are named like our packages."""
    for package in ("api", "worker"):
        (home / "elsewhere" / package).mkdir(parents=True)
        (home / "elsewhere" / package / "__init__.py").touch()
    with (home / "said").open("wb") as output:
        process = subprocess.Popen(
            [*PDARTS, name],
            cwd=home / "elsewhere",
            env=clean_environment(home, **variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def test_migrate_tells_the_schema(tmp_path: Path) -> None:
    result = run_pdarts(tmp_path, "migrate")
    assert result.returncode == 0
    assert result.stdout == f"the database now has schema {newest_revision()}\n"


@pytest.mark.slow
def test_the_api_serves_alone(tmp_path: Path, redis_server: RedisServer) -> None:
    run_pdarts(tmp_path, "migrate")
    port = str(free_port())
    variables = {"PDARTS_PORT": port, "PDARTS_REDIS_URL": redis_server.url}
    url = f"http://127.0.0.1:{port}"
    with part("api", tmp_path, **variables) as process, httpx.Client(base_url=url) as client:

        def is_ready() -> bool:
            assert process.poll() is None, (tmp_path / "said").read_text()
            try:
                return client.get("/readyz").is_success
            except httpx.TransportError:
                return False

        wait_until(is_ready, "the API", START_SECONDS)


@pytest.mark.slow
def test_workers_run_alone_and_say_it_where_a_container_looks(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    run_pdarts(tmp_path, "migrate")
    with part("worker", tmp_path, PDARTS_REDIS_URL=redis_server.url) as process:

        def is_ready() -> bool:
            assert process.poll() is None, (tmp_path / "said").read_text()
            return "worker@" in (tmp_path / "said").read_text()

        wait_until(is_ready, "the worker", START_SECONDS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize(
    ("variable", "value"), [("PDARTS_PORT", "many"), ("PDARTS_LEASE_SECONDS", "-1")]
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, variable: str, value: str) -> None:
    refused = run_pdarts(tmp_path, "migrate", **{variable: value})
    assert refused.returncode == 4
    assert f"the settings are wrong: {variable}: " in refused.stderr


def test_the_version_is_told() -> None:
    told = subprocess.check_output([*PDARTS, "--version"], text=True)
    assert told.strip().count(".") == 2
