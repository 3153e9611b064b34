"""`pdarts doctor`: what is missing, and what to do about it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.checks import CHECKS, Level, places, service, software
from cli.checks.finding import Finding
from migrations.schema import downgrade, upgrade
from store.settings import Settings
from tests.support.flaky import Scripted, scripted
from tests.support.servers import RedisServer, free_port

Check = Callable[[Settings], Finding]


def level(check: Check, settings: Settings) -> Level:
    finding = check(settings)
    assert finding.detail
    assert (finding.level is Level.OK) or finding.remedy
    return finding.level


def test_a_fresh_machine_passes_and_nothing_is_made(typed: Any, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", port=free_port())
    assert {check(settings).level for check in CHECKS} <= {Level.OK, Level.WARN}
    assert list(tmp_path.iterdir()) == []


def test_it_speaks_to_programs_and_tells_failures_by_its_code(
    typed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PDARTS_HOME", str(tmp_path))
    monkeypatch.setenv("PDARTS_PORT", "0")
    assert typed("doctor").code == 0
    monkeypatch.setenv("PDARTS_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    failed = typed("doctor", "--json")
    assert failed.code == 4
    assert [one["subject"] for one in failed.objects if one["level"] == "fail"] == ["broker"]
    assert len(failed.objects) == len(CHECKS)


def test_an_old_schema_fails_until_it_is_migrated(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    upgrade(settings.database_url)
    assert level(places.check_database, settings) is Level.OK
    downgrade(settings.database_url, "0001")
    assert level(places.check_database, settings) is Level.FAIL


def test_a_database_that_is_none_fails(tmp_path: Path) -> None:
    (tmp_path / "pdarts.db").write_text("this is no database " * 100)
    assert level(places.check_database, Settings(home=tmp_path)) is Level.FAIL


def test_a_broker_that_answers_is_well(redis_server: RedisServer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, redis_url=redis_server.url)
    assert level(places.check_broker, settings) is Level.OK


def test_a_disk_that_is_nearly_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, expected in ((2**20, Level.FAIL), (2**30, Level.WARN), (2**40, Level.OK)):
        monkeypatch.setattr(places, "_free_bytes", lambda _, free=free: free)
        assert level(places.check_disk, Settings(home=tmp_path)) is expected


class TestCompiler:
    """Triton needs one, where there is a GPU."""

    @pytest.fixture(autouse=True)
    def _one_gpu(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
        monkeypatch.delenv("CC", raising=False)

    def test_none_is_needed_without_a_gpu(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        monkeypatch.setenv("PATH", "")
        assert level(software.check_compiler, Settings(home=tmp_path)) is Level.OK

    def test_without_one_searches_do_without_kernels(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert level(software.check_compiler, Settings(home=tmp_path)) is Level.WARN

    @pytest.mark.parametrize(("status", "expected"), [(0, Level.OK), (1, Level.WARN)])
    def test_it_has_to_find_the_headers_of_python(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, expected: Level
    ) -> None:
        compiler = tmp_path / "gcc"
        # It fails where it is not given Python's headers.
        compiler.write_text(f"#!/bin/sh\ngrep -q Python.h && exit {status}\nexit 2\n")
        compiler.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        assert level(software.check_compiler, Settings(home=tmp_path)) is expected


def test_a_port_of_another_program_fails(tmp_path: Path) -> None:
    with scripted(Scripted(body="not ours")) as server:
        settings = Settings(home=tmp_path, port=server.server_port)
        assert level(service.check_port, settings) is Level.FAIL
    assert level(service.check_port, settings) is Level.OK


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_key_that_is_not_taken_fails(
    status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = Scripted(body='{"info": {"title": "P-DARTS"}}')
    with scripted(ours, Scripted(status=status)) as server:
        monkeypatch.setenv("PDARTS_URL", server.url)
        monkeypatch.setenv("PDARTS_API_KEY", "pdk_1")
        assert level(service.check_key, Settings(home=tmp_path)) is Level.FAIL


def test_a_running_service_is_looked_at_from_inside(typed: Any, tmp_path: Path) -> None:
    finding = service.check_service(Settings(home=tmp_path))
    assert finding.level is Level.WARN
    assert "no worker is alive" in finding.detail
    assert level(service.check_key, Settings(home=tmp_path)) is Level.OK
