from pathlib import Path

import httpx
import pytest

from migrations.schema import newest_revision
from store.database import Database
from store.schema import NEWEST_REVISION
from store.settings import Settings
from tests.api.calls import problem
from tests.support.http_service import serve
from tests.support.servers import free_port


def test_a_process_that_answers_lives(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "ok"}


def test_with_all_that_it_needs_it_is_ready(client: httpx.Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"


def test_without_a_broker_it_is_degraded_but_ready(settings: Settings) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with serve(settings.model_copy(update={"redis_url": nobody})) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["broker"]["status"] == "failed"


def test_without_its_tables_it_is_unavailable(settings: Settings, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    with serve(settings.model_copy(update={"database_url": empty})) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["schema_revision"]["status"] == "failed"
    assert "run the migrations" in answer.json()["schema_revision"]["detail"]


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
