from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from pdarts_core.config import PRESETS
from store.database import Database
from store.lifecycle import get_job
from store.queue import QUEUE
from store.settings import Settings
from store.states import JobState
from store.tables import Job, Search
from tests.api.calls import QUICK, submit
from tests.api.crowd import all_at_once
from tests.support.http_service import serve
from tests.support.servers import RedisServer, free_port, wait_until


def test_a_search_is_accepted_and_told_where_it_lies(client: httpx.Client) -> None:
    answer = client.post("/searches", json=QUICK)
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/searches/{body['id']}"
    assert client.get(answer.headers["location"]).json() == body
    assert body["status"] == "queued"
    assert body["progress"] == {
        "fraction": 0.0,
        "stage": None,
        "stages": 3,
        "epoch": None,
        "epochs": None,
        "phase": None,
        "eta": None,
    }


def test_both_bases_serve_the_same(client: httpx.Client) -> None:
    search_id = client.post("/v1/searches", json=QUICK).json()["id"]
    assert client.get(f"/searches/{search_id}").json()["id"] == search_id


def test_every_default_is_filled_in_from_the_preset(client: httpx.Client) -> None:
    spec = client.post("/searches", json=QUICK).json()["spec"]
    outside: dict[str, Any] = {
        "dataset": "digits",
        "preset": "quick",
        "name": None,
        "metadata": {},
        "image_size": None,
        "max_images": None,
        "skip_invalid": False,
        "device": "auto",
        "device_count": 1,
        "priority": 0,
    }
    assert spec == outside | PRESETS["quick"].to_dict()


def test_without_a_preset_the_paper_is_followed(client: httpx.Client) -> None:
    spec = client.post("/searches", json={"dataset": "cifar10"}).json()["spec"]
    assert [stage["layers"] for stage in spec["stages"]] == [5, 11, 17]
    assert [stage["num_to_keep"] for stage in spec["stages"]] == [5, 3, 1]
    assert (spec["batch_size"], spec["init_channels"], spec["seed"]) == (96, 16, 2)


def test_explicit_fields_win_over_the_preset(client: httpx.Client) -> None:
    body = QUICK | {"seed": 7, "stages": [{"epochs": 3}, {}, {"layers": 4}]}
    spec = client.post("/searches", json=body).json()["spec"]
    quick = PRESETS["quick"].stages
    assert spec["seed"] == 7
    assert [stage["epochs"] for stage in spec["stages"]] == [3, quick[1].epochs, quick[2].epochs]
    assert [stage["layers"] for stage in spec["stages"]] == [quick[0].layers, quick[1].layers, 4]


def test_a_whole_number_may_be_written_with_a_fraction_of_zero(client: httpx.Client) -> None:
    spec = client.post("/searches", json=QUICK | {"seed": 7.0}).json()["spec"]
    assert spec["seed"] == 7


def test_name_and_metadata_come_back_as_they_were_sent(client: httpx.Client) -> None:
    own = {"name": "Übung 1 🚀", "metadata": {"ticket": 12, "tags": ["a", None, 1.5], "ß": {}}}
    spec = client.get(f"/searches/{submit(client, **own)}").json()["spec"]
    assert {name: spec[name] for name in own} == own


def test_a_spec_that_was_answered_can_be_sent_again(client: httpx.Client) -> None:
    spec = client.post("/searches", json=QUICK).json()["spec"]
    answer = client.post("/searches", json=spec)
    assert answer.status_code == 202
    assert answer.json()["spec"] == spec


def test_the_search_is_durable_when_it_is_answered(
    client: httpx.Client, database: Database
) -> None:
    search_id = submit(client, priority=3)
    with database.read() as session:
        job = get_job(session, search_id)
        assert (job.state, job.priority, job.owner) == (JobState.QUEUED, 3, "local")


def test_the_digest_is_that_of_what_decides_the_course(
    client: httpx.Client, database: Database
) -> None:
    first, renamed, reseeded = submit(client), submit(client, name="other"), submit(client, seed=3)
    with database.read() as session:
        digests = [
            session.get_one(Job, search_id).spec_sha256 for search_id in (first, renamed, reseeded)
        ]
    assert digests[0] == digests[1] != digests[2]


def test_a_dry_run_completes_the_spec_and_submits_nothing(client: httpx.Client) -> None:
    answer = client.post("/searches?dry_run=true", json=QUICK)
    body = answer.json()
    assert answer.status_code == 200
    assert body["spec"]["batch_size"] == PRESETS["quick"].batch_size
    assert (body["epochs"], len(body["stages"])) == (15, 3)
    assert all(stage["memory_bytes"] > 0 for stage in body["stages"])
    assert client.get("/searches").json()["data"] == []


class TestDoorbell:
    def test_a_worker_is_rung_for(self, client: httpx.Client, redis_server: RedisServer) -> None:
        with redis_server.client() as redis:
            redis.delete(QUEUE)
            search_id = submit(client)
            wait_until(lambda: redis.llen(QUEUE) == 1, "a message")
            assert search_id.encode() in redis.lindex(QUEUE, 0)

    def test_a_dry_run_rings_for_nobody(
        self, client: httpx.Client, redis_server: RedisServer
    ) -> None:
        with redis_server.client() as redis:
            redis.delete(QUEUE)
            client.post("/searches?dry_run=true", json=QUICK)
            search_id = submit(client)
            wait_until(lambda: redis.llen(QUEUE) > 0, "a message")
            assert search_id.encode() in redis.lindex(QUEUE, -1)

    def test_nobody_is_rung_for_a_search_that_was_not_committed(
        self, client: httpx.Client, redis_server: RedisServer
    ) -> None:
        # Others commit in this process too.
        def refuse_to_commit(_mapper: object, connection: Connection, _search: Search) -> None:
            event.listen(connection, "commit", fail)

        def fail(_: Connection) -> None:
            raise OperationalError("COMMIT", {}, Exception("the connection was lost"))

        with redis_server.client() as redis:
            redis.delete(QUEUE)
            event.listen(Search, "after_insert", refuse_to_commit)
            try:
                assert client.post("/searches", json=QUICK).status_code == 503
            finally:
                event.remove(Search, "after_insert", refuse_to_commit)
            search_id = submit(client)
            # Messages are sent in the order of their rings.
            wait_until(lambda: search_id.encode() in (redis.lindex(QUEUE, 0) or b""), "a message")
            assert redis.llen(QUEUE) == 1

    def test_without_a_broker_the_search_is_stored_all_the_same(
        self, settings: Settings, database: Database
    ) -> None:
        nobody = f"redis://127.0.0.1:{free_port()}/0"
        with serve(settings.model_copy(update={"redis_url": nobody})) as client:
            search_id = submit(client)
        with database.read() as session:
            assert get_job(session, search_id).state is JobState.QUEUED


@pytest.mark.parametrize("writers", [40])
def test_many_at_once_are_all_accepted(client: httpx.Client, writers: int) -> None:
    answers = all_at_once(client, writers, lambda own: own.post("/searches", json=QUICK))
    assert [answer.status_code for answer in answers] == [202] * writers
    assert len(client.get("/searches?limit=200").json()["data"]) == writers
