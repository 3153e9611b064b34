"""One search as it stands, asked for again and again."""

import threading
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event, select

from api.endpoint.waiting import preferred_wait
from api.resources.security import LOCAL_CALLER
from api.services.jobs import JobFilter
from api.services.searches import list_searches
from store.database import Database
from store.lease import Progress, pause, record
from store.runs import runs_of
from store.tables import Event, Job
from tests.api.calls import submit
from tests.api.crowd import calling
from tests.api.work import WORKER_ID, end_badly, end_well, start


class TestBody:
    def test_a_running_search_tells_its_progress(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        lease = start(database, search_id)
        progress = Progress(
            fraction=0.5,
            place={"stage": 2, "epoch": 3, "phase": "architecture"},
            remaining_seconds=60,
        )
        with database.write() as session:
            record(session, lease, progress=progress)
        body = client.get(f"/searches/{search_id}").json()
        eta = body["progress"].pop("eta")
        assert body["progress"] == {
            "fraction": 0.5,
            "stage": 2,
            "stages": 3,
            "epoch": 3,
            "epochs": 5,
            "phase": "architecture",
        }
        assert eta.endswith("Z")
        assert eta > body["started_at"]
        assert (body["status"], body["attempt"], body["worker"]) == ("running", 1, WORKER_ID)

    def test_a_failed_search_tells_why(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        end_badly(database, search_id)
        body = client.get(f"/searches/{search_id}").json()
        assert body["status"] == "failed"
        assert body["error"] == {"code": "diverged", "message": "the loss is nan"}

    def test_every_url_leads_somewhere(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        end_well(database, search_id, 2)
        urls = client.get(f"/searches/{search_id}").json()["urls"]
        assert {client.get(url).status_code for url in urls.values()} == {200}


class TestRuns:
    def test_a_pause_is_no_attempt_and_no_running_time(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        lease = start(database, search_id)
        with database.write() as session:
            pause(session, lease)
        assert client.get(f"/searches/{search_id}").json()["running_seconds"] < 600
        move_into_the_past(database, search_id, hours=1)
        client.post(f"/searches/{search_id}/resume")
        end_well(database, search_id, 2)
        body = client.get(f"/searches/{search_id}").json()
        assert (body["attempt"], body["attempts"]) == (2, 1)
        assert body["running_seconds"] < 600
        (listed,) = client.get("/searches").json()["data"]
        assert listed == body

    def test_a_list_reads_the_histories_of_all_at_once(
        self, client: httpx.Client, database: Database
    ) -> None:
        for _ in range(3):
            lease = start(database, submit(client))
            with database.write() as session:
                pause(session, lease)
        sent: list[str] = []
        with database.read() as session:
            event.listen(
                session.connection(),
                "before_cursor_execute",
                lambda _c, _cursor, statement, *_: sent.append(statement),
            )
            found = list_searches(session, LOCAL_CALLER, JobFilter(), after=None, limit=9)
            runs = [runs_of(search.job) for search in found]
        assert [run.attempts for run in runs] == [1, 1, 1]
        assert len(sent) == 2

    def test_while_a_worker_runs_it_the_time_is_not_known(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        assert client.get(f"/searches/{search_id}").json()["attempts"] == 0
        start(database, search_id)
        body = client.get(f"/searches/{search_id}").json()
        assert (body["attempts"], body["running_seconds"]) == (1, None)

    def test_what_failed_and_is_tried_again_is_a_second_attempt(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        end_badly(database, search_id)
        client.post(f"/searches/{search_id}/retry")
        end_well(database, search_id, 2)
        assert client.get(f"/searches/{search_id}").json()["attempts"] == 2


def move_into_the_past(database: Database, search_id: str, *, hours: int) -> None:
    """Let everything that happened to a search so far have happened earlier."""
    earlier = timedelta(hours=hours)
    with database.write() as session:
        job = session.get_one(Job, search_id)
        assert job.started_at is not None
        job.started_at -= earlier
        for past in session.scalars(select(Event).where(Event.job_id == search_id)):
            past.time -= earlier


class TestETag:
    def test_what_has_not_changed_is_not_sent_again(self, client: httpx.Client) -> None:
        url = f"/searches/{submit(client)}"
        tag = client.get(url).headers["etag"]
        answer = client.get(url, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag

    @pytest.mark.parametrize("header", ['W/{tag}, "other"', '"other", {tag}', "*"])
    def test_one_of_many_tags_is_enough(self, client: httpx.Client, header: str) -> None:
        url = f"/searches/{submit(client)}"
        tag = client.get(url).headers["etag"]
        answer = client.get(url, headers={"If-None-Match": header.format(tag=tag)})
        assert answer.status_code == 304

    def test_a_change_brings_a_new_tag(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        tag = client.get(f"/searches/{search_id}").headers["etag"]
        start(database, search_id)
        answer = client.get(f"/searches/{search_id}", headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer.headers["etag"] != tag


class TestWait:
    def test_an_answer_waits_for_the_end(self, client: httpx.Client, database: Database) -> None:
        search_id = submit(client)
        ending = threading.Timer(0.2, end_well, [database, search_id, 2])
        ending.start()
        answer = client.get(f"/searches/{search_id}", headers={"Prefer": "wait=20"})
        ending.join()
        assert answer.json()["status"] == "succeeded"

    def test_or_for_any_change_of_what_is_known(
        self, client: httpx.Client, database: Database
    ) -> None:
        search_id = submit(client)
        tag = client.get(f"/searches/{search_id}").headers["etag"]
        starting = threading.Timer(0.2, start, [database, search_id])
        starting.start()
        headers = {"Prefer": "wait=20", "If-None-Match": tag}
        answer = client.get(f"/searches/{search_id}", headers=headers)
        starting.join()
        assert answer.json()["status"] == "running"

    def test_when_time_is_up_it_tells_how_things_stand(self, client: httpx.Client) -> None:
        search_id = submit(client)
        answer = client.get(f"/searches/{search_id}", headers={"Prefer": "wait=1"})
        assert answer.json()["status"] == "queued"

    def test_many_who_wait_hold_up_nobody(self, client: httpx.Client) -> None:
        search_id = submit(client)

        def wait(own: httpx.Client) -> str:
            answer = own.get(f"/searches/{search_id}", headers={"Prefer": "wait=30"})
            return str(answer.json()["status"])

        with calling(client, 60, wait) as answers:
            client.post(f"/searches/{search_id}/cancel")
        assert answers == ["cancelled"] * 60

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("wait=5", 5),
            ("respond-async, wait=10", 10),
            ('Wait="7"; foo', 7),
            ("wait=100000", 60),
            ("wait=-1", 0),
            ("wait=soon", 0),
            ("await=5", 0),
            ("", 0),
        ],
    )
    def test_the_header_is_read_as_rfc_7240_has_it(self, header: str, seconds: int) -> None:
        assert preferred_wait(header) == seconds
