"""`pdarts up`, as a user at a terminal meets it."""

import json
import os
import signal
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from cli.embedded_redis import find_redis_server
from cli.listening import listen
from migrations.schema import newest_revision
from store.database import Database
from store.settings import Settings
from tests.support.databases import revision_of
from tests.support.servers import free_port, wait_until
from tests.support.service import START_SECONDS, Service, is_running, run_pdarts, service

pytestmark = pytest.mark.timeout(600)  # whole services, on a machine that is busy


def test_it_tells_where_it_serves_and_what_to_try(running: Service) -> None:
    assert httpx.get(f"{running.url}/readyz").json()["status"] == "ready"
    said = running.said.read_text()
    assert f"curl -X POST {running.url}/searches" in said
    for page in ("ui", "docs"):
        assert f"{running.url}/{page}" in said
        assert httpx.get(f"{running.url}/{page}", follow_redirects=True).is_success


def test_it_migrates_the_database_first(running: Service) -> None:
    assert running.url
    database = Database(Settings(home=running.home).database_url)
    assert revision_of(database) == newest_revision()
    database.close()


def test_it_runs_broker_api_and_worker_and_keeps_their_logs(running: Service) -> None:
    assert running.url
    assert set(running.children()) == {find_redis_server().name, "api", "celery"}
    logs = {path.name for path in (running.home / "logs").iterdir()}
    assert logs == {"redis.log", "api.log", "worker.log"}


def test_a_second_one_on_the_same_home_is_sent_to_the_first(running: Service) -> None:
    url = running.url
    refused = run_pdarts(running.home, "up", PDARTS_HOME=str(running.home))
    assert refused.returncode == 3
    assert f"a service already runs on {running.home}: {url}" in refused.stderr


@pytest.mark.slow
def test_an_api_that_dies_is_started_again_on_the_same_port(running: Service) -> None:
    url, killed = running.url, running.children()["api"]
    os.kill(killed, signal.SIGKILL)
    assert httpx.get(f"{url}/livez", timeout=60).is_success
    assert running.children()["api"] != killed
    wait_until(lambda: "the API ended (killed by SIGKILL)" in running.said.read_text(), "a word")


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    with service(tmp_path / "home") as running:
        assert running.url
        children = running.children()
        assert len(children) == 3
        assert running.stop(signal.SIGINT) == 0
    assert not any(is_running(pid) for pid in children.values())
    assert list((tmp_path / "home" / "run").iterdir()) == []


@pytest.mark.slow  # the next one says of a harder kill that nothing is left
def test_after_a_kill_nothing_is_left_and_the_next_one_starts(tmp_path: Path) -> None:
    with service(tmp_path / "home") as running:
        assert running.url
        children = running.children().values()
        running.process.kill()
        running.process.wait()
        wait_until(lambda: not any(is_running(pid) for pid in children), "the children's end", 60)
    with service(tmp_path / "home") as running:
        assert httpx.get(f"{running.url}/readyz").is_success


@pytest.mark.slow
def test_after_a_kill_the_next_one_waits_for_an_api_that_is_still_leaving(tmp_path: Path) -> None:
    home, port = tmp_path / "home", str(free_port())
    with service(home, PDARTS_PORT=port) as killed:
        api = killed.children()["api"] if killed.url else 0
        # It does not follow the kernel's SIGTERM before it may go on.
        os.kill(api, signal.SIGSTOP)
        killed.process.kill()
        killed.process.wait()
    try:
        with service(home, PDARTS_PORT=port) as running:
            said = running.said
            word = "waiting for its programs to end"
            wait_until(lambda: word in said.read_text(), "a word", START_SECONDS)
            assert is_running(api)
            os.kill(api, signal.SIGCONT)
            assert httpx.get(f"{running.url}/readyz").is_success
            assert not is_running(api)
    finally:
        with suppress(ProcessLookupError):
            os.kill(api, signal.SIGKILL)


@pytest.mark.slow  # the one before it has an API that leaves even later
def test_after_a_kill_the_next_one_starts_although_somebody_follows_events(tmp_path: Path) -> None:
    home, port = tmp_path / "home", str(free_port())
    with service(home, PDARTS_PORT=port) as killed, httpx.Client(base_url=killed.url) as client:
        body = {"dataset": "digits", "preset": "quick"}
        search_id = client.post("/searches", json=body).json()["id"]
        with client.stream("GET", f"/searches/{search_id}/events/stream") as answer:
            next(answer.iter_lines())
            killed.process.kill()
            killed.process.wait()
            with service(home, PDARTS_PORT=port) as running:
                assert httpx.get(f"{running.url}/readyz").is_success


def test_a_port_in_use_is_told_before_anything_starts(tmp_path: Path) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run_pdarts(tmp_path / "home", "up", PDARTS_PORT=port)
    assert refused.returncode == 3
    assert f"port {port} of 127.0.0.1 is in use" in refused.stderr
    assert not (tmp_path / "home" / "pdarts.db").exists()
    assert list((tmp_path / "home" / "logs").iterdir()) == []


def test_a_home_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = run_pdarts(tmp_path / "file" / "home", "up")
    assert refused.returncode == 4
    assert "set PDARTS_HOME to a folder of yours" in refused.stderr


def test_a_service_that_the_network_could_use_without_a_key_does_not_start(tmp_path: Path) -> None:
    refused = run_pdarts(tmp_path / "home", "up", PDARTS_HOST="::")
    assert refused.returncode == 1
    assert "would let anyone on the network use it" in refused.stderr


def test_its_programs_log_as_they_are_told(running: Service) -> None:
    answer = httpx.get(f"{running.url}/searches/srch_x", headers={"X-Request-ID": "r-1"})
    assert answer.status_code == 404
    logs = running.home / "logs"
    wait_until(lambda: " ready." in (logs / "worker.log").read_text(), "the worker", 60)
    wait_until(lambda: '"r-1"' in (logs / "api.log").read_text(), "the answer's line", 60)
    lines = [
        json.loads(line)
        for name in ("api", "worker")
        for line in (logs / f"{name}.log").read_text().splitlines()
        if line.startswith("{")
    ]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    (access,) = (line for line in lines if line.get("request_id") == "r-1")
    assert (access["logger"], access["method"]) == ("pdarts.access", "GET")
    assert (access["route"], access["status"]) == ("/searches/{search_id}", 404)
    assert access["client"] == "127.0.0.1"
    assert any(line.get("worker_id", "").startswith("wrk_") for line in lines)
