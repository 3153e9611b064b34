import contextlib
import os
import signal
from pathlib import Path

import httpx
import pytest

from migrations.schema import newest_revision
from store.artifact_stores import open_artifacts
from store.database import Database
from store.schema import NEWEST_REVISION
from store.settings import Settings
from store.types import db_now
from tests.api.calls import problem
from tests.api.work import make_worker
from tests.support.databases import postgres_database
from tests.support.http_service import serve
from tests.support.servers import PostgresServer, RedisServer, free_port, wait_until


def test_a_process_that_answers_lives(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "ok"}


def test_with_all_that_it_needs_it_is_ready(client: httpx.Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"


def test_the_workers_that_are_alive_are_counted(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        make_worker(session)
        make_worker(session, last_beat_at=db_now(-10_000))
    assert client.get("/readyz").json()["workers"] == 1


def test_without_a_place_for_checkpoints_it_is_degraded(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = str(tmp_path / "file" / "artifacts")
    with serve(settings.model_copy(update={"artifacts_url": nowhere})) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["artifacts"]["status"] == "failed"


def test_its_question_leaves_no_artifact(client: httpx.Client, settings: Settings) -> None:
    assert client.get("/readyz").json()["artifacts"]["status"] == "ok"
    assert open_artifacts(settings.artifacts_url).entries("health") == []


class TestWhatHangs:
    """A server that takes connections and says nothing holds no question up for long."""

    def test_a_broker_that_is_stopped(self, settings: Settings, tmp_path: Path) -> None:
        server = RedisServer(tmp_path)
        server.start()
        with serve(settings.model_copy(update={"redis_url": server.url})) as client:
            server.signal(signal.SIGSTOP)
            stopped = client.get("/readyz").json()
            server.signal(signal.SIGCONT)
            wait_until(lambda: client.get("/readyz").json()["status"] == "ready", "the broker")
        server.stop()
        assert (stopped["status"], stopped["broker"]["status"]) == ("degraded", "failed")
        assert stopped["database"]["status"] == "ok"

    def test_a_database_that_is_stopped(
        self, settings: Settings, postgres_server: PostgresServer
    ) -> None:
        with (
            postgres_database(postgres_server) as url,
            serve(settings.model_copy(update={"database_url": url})) as client,
        ):
            assert client.get("/readyz").json()["status"] == "ready"
            send_to_all(postgres_server, signal.SIGSTOP)
            try:
                stopped, measured = client.get("/readyz"), client.get("/metrics")
            finally:
                send_to_all(postgres_server, signal.SIGCONT)
            wait_until(lambda: client.get("/readyz").json()["status"] == "ready", "the database")
        assert stopped.status_code == 503
        assert stopped.json()["database"]["detail"] == "did not answer in time"
        assert stopped.json()["broker"]["status"] == "ok"
        assert measured.status_code == 200
        assert "pdarts_up 0.0" in measured.text


def send_to_all(server: PostgresServer, number: signal.Signals) -> None:
    """Send a signal to the server and to all that it has forked."""
    assert server.process is not None
    main = server.process.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    for pid in [main, *map(int, children)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def test_without_a_broker_it_is_degraded_but_ready(settings: Settings) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with serve(settings.model_copy(update={"redis_url": nobody})) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["broker"]["status"] == "failed"


def test_without_its_tables_it_is_unavailable(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    with serve(settings.model_copy(update={"database_url": empty})) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["schema_revision"]["status"] == "failed"
    assert "run pdarts migrate" in answer.json()["schema_revision"]["detail"]


class TestWithoutADatabase:
    @pytest.fixture
    def lonely(self, settings: Settings) -> Settings:
        nowhere = f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/pdarts"
        return settings.model_copy(update={"database_url": nowhere})

    def test_it_starts_and_lives_but_is_unavailable(self, lonely: Settings) -> None:
        with serve(lonely) as client:
            assert client.get("/livez").status_code == 200
            answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["database"]["status"] == "failed"

    def test_requests_are_told_to_come_again(self, lonely: Settings) -> None:
        with serve(lonely) as client:
            answers = [
                client.get("/searches"),
                client.post("/searches", json={"dataset": "digits"}),
            ]
        for answer in answers:
            assert problem(answer) == (503, "database_unavailable")
            assert int(answer.headers["retry-after"]) > 0


def test_the_revision_that_it_needs_is_the_newest(database: Database) -> None:
    assert newest_revision() == NEWEST_REVISION
