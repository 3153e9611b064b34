"""What an owner may have: requests a minute, searches and streams at a time, hours of a search."""

import signal
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.services.duration_warnings import too_long
from store.database import Database
from store.kinds import SEARCH
from store.settings import Settings
from store.states import Status
from tests.api.calls import QUICK, pointers, problem, status, submit
from tests.api.crowd import all_at_once
from tests.api.work import end_badly
from tests.support.evaluation_jobs import CELLS
from tests.support.http_service import serve
from tests.support.keys import client_with, make_key
from tests.support.servers import RedisServer, wait_until

MOST = 7
Open = Callable[..., httpx.Client]


def new_owner() -> str:
    return f"owner-{uuid.uuid4().hex}"


@pytest.fixture
def open_service(settings: Settings, database: Database) -> Iterator[Open]:
    """Serve the emptied database with these limits, to a client of an owner that is new."""
    # What another test has counted is in Redis for a minute.
    owner = new_owner()
    with ExitStack() as stack:

        def open_service(**limits: Any) -> httpx.Client:
            key = make_key(database, owner=owner)
            limited = settings.model_copy(update={"auth": "on"} | limits)
            service = stack.enter_context(serve(limited))
            return stack.enter_context(client_with(service, key.text))

        yield open_service


class TestActiveSearches:
    @pytest.mark.both_databases
    def test_of_many_at_once_exactly_as_many_as_may_be_are_accepted(
        self, open_service: Open
    ) -> None:
        client = open_service(active_jobs=MOST)
        answers = all_at_once(client, 50, lambda own: own.post("/searches", json=QUICK))
        assert Counter(answer.status_code for answer in answers) == {202: MOST, 429: 50 - MOST}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert problem(refused) == (429, "quota_exceeded")
        assert f"{MOST} of at most {MOST} searches of owner-" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) > 0
        assert len(client.get("/searches").json()["data"]) == MOST
        assert client.get("/me").json()["limits"]["active_searches"] == {"limit": 7, "used": 7}

    @pytest.mark.both_databases
    def test_many_at_once_with_one_idempotency_key_are_one(self, open_service: Open) -> None:
        client = open_service(active_jobs=MOST)
        headers = {"Idempotency-Key": "a"}
        answers = all_at_once(
            client, 50, lambda own: own.post("/searches", json=QUICK, headers=headers)
        )
        assert {answer.status_code for answer in answers} <= {202, 409}
        assert len(client.get("/searches").json()["data"]) == 1

    def test_one_that_has_ended_or_is_paused_makes_room(self, open_service: Open) -> None:
        client = open_service(active_jobs=2)
        first, second = submit(client), submit(client)
        assert problem(client.post("/searches", json=QUICK)) == (429, "quota_exceeded")
        client.post(f"/searches/{first}/cancel")
        third = submit(client)
        client.post(f"/searches/{second}/pause")
        submit(client)
        assert problem(client.post(f"/searches/{second}/resume")) == (429, "quota_exceeded")
        assert status(client, second) == Status.PAUSED
        client.post(f"/searches/{third}/cancel")
        assert client.post(f"/searches/{second}/resume").status_code == 202

    def test_one_that_failed_is_tried_again_only_where_there_is_room(
        self, open_service: Open, database: Database
    ) -> None:
        client = open_service(active_jobs=1)
        failed = submit(client)
        end_badly(database, failed)
        submit(client)
        assert problem(client.post(f"/searches/{failed}/retry")) == (429, "quota_exceeded")
        assert status(client, failed) == Status.FAILED

    def test_a_dry_run_and_an_answer_given_again_take_no_room(self, open_service: Open) -> None:
        client = open_service(active_jobs=1)
        headers = {"Idempotency-Key": "a"}
        first = client.post("/searches", json=QUICK, headers=headers)
        assert client.post("/searches?dry_run=true", json=QUICK).status_code == 200
        assert client.post("/searches", json=QUICK, headers=headers).content == first.content

    def test_each_owner_has_room_of_its_own(self, open_service: Open, database: Database) -> None:
        ada = open_service(active_jobs=1)
        submit(ada)
        with client_with(ada, make_key(database, owner=new_owner()).text) as bob:
            submit(bob)
            assert len(bob.get("/searches").json()["data"]) == 1


class TestRequests:
    def test_beyond_those_of_a_minute_are_refused(self, open_service: Open) -> None:
        client = open_service(requests_per_minute=5)
        answers = [client.get("/presets") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"requests";q=5;w=60'}
        left = [answer.headers["ratelimit"].split(";")[1] for answer in answers]
        assert left == ["r=4", "r=3", "r=2", "r=1", "r=0", "r=0"]
        assert problem(answers[-1]) == (429, "too_many_requests")
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60

    def test_are_counted_where_they_fail_too_but_not_on_open_paths(
        self, open_service: Open
    ) -> None:
        client = open_service(requests_per_minute=3)
        for path in ("/searches/srch_x", "/searches?limit=0"):
            assert "ratelimit" in client.get(path).headers
        assert "ratelimit" not in client.get("/livez").headers
        assert client.get("/me").json()["limits"]["requests_per_minute"] == {"limit": 3, "used": 3}
        assert client.get("/me").status_code == 429
        assert client.get("/livez").status_code == 200

    def test_of_one_owner_leave_anothers_alone(
        self, open_service: Open, database: Database
    ) -> None:
        ada = open_service(requests_per_minute=1)
        ada.get("/me")
        assert ada.get("/me").status_code == 429
        with client_with(ada, make_key(database, owner=new_owner()).text) as bob:
            assert bob.get("/me").status_code == 200

    def test_are_counted_together_by_several_processes(self, open_service: Open) -> None:
        first, second = (open_service(requests_per_minute=4) for _ in range(2))
        answers = [client.get("/presets").status_code for client in (first, second) * 3]
        assert answers == [200] * 4 + [429] * 2


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@contextmanager
def stopped(server: RedisServer) -> Iterator[None]:
    server.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.signal(signal.SIGCONT)


class TestRedis:
    def test_that_hangs_holds_up_nobody_and_each_process_counts_for_itself(
        self, open_service: Open, own_redis: RedisServer
    ) -> None:
        client = open_service(requests_per_minute=3, redis_url=own_redis.url)
        assert client.get("/presets").status_code == 200
        with stopped(own_redis):
            answers = [client.get("/presets").status_code for _ in range(4)]
        assert answers == [200] * 3 + [429]

    def test_that_is_gone_does_neither(self, open_service: Open, own_redis: RedisServer) -> None:
        own_redis.stop()
        client = open_service(requests_per_minute=3, redis_url=own_redis.url)
        assert [client.get("/presets").status_code for _ in range(4)] == [200] * 3 + [429]


class TestStreams:
    def test_beyond_those_that_may_be_open_are_refused(self, open_service: Open) -> None:
        client = open_service(event_streams=2)
        path = f"/searches/{submit(client)}/events/stream"
        with client.stream("GET", path) as first, client.stream("GET", path) as second:
            assert (first.status_code, second.status_code) == (200, 200)
            refused = client.get(path)
            assert problem(refused) == (429, "quota_exceeded")
            assert "2 of at most 2 event streams" in refused.json()["detail"]
            assert client.get("/me").json()["limits"]["event_streams"] == {"limit": 2, "used": 2}
        wait_until(
            lambda: client.get("/me").json()["limits"]["event_streams"]["used"] == 0,
            "the streams' end",
        )

    def test_that_are_only_asked_about_are_not_open(self, open_service: Open) -> None:
        client = open_service(event_streams=1)
        path = f"/searches/{submit(client)}/events/stream"
        for _ in range(3):
            answer = client.head(path)
            assert (answer.status_code, answer.content) == (200, b"")
            assert answer.headers["content-type"].startswith("text/event-stream")
            wait_until(
                lambda: client.get("/me").json()["limits"]["event_streams"]["used"] == 0,
                "the stream's end",
            )

    def test_that_come_to_nothing_are_not_counted(self, open_service: Open) -> None:
        client = open_service(event_streams=1)
        for _ in range(3):
            answer = client.get("/searches/srch_0000000000000000000000000v/events/stream")
            assert answer.status_code == 404


class TestHours:
    def test_a_search_that_would_take_longer_is_refused(self, open_service: Open) -> None:
        client = open_service(search_hours=0.001)
        answer = client.post("/searches", json=QUICK)
        assert problem(answer) == (422, "search_too_long")
        (pointer,) = pointers(answer)
        assert pointer.startswith("/stages/")
        assert "the limit is 0" in answer.json()["detail"]

    def test_one_hour_is_not_told_as_several(self) -> None:
        assert "about 1 hour on one CPU thread" in (too_long(SEARCH, 3600.0, 0.5) or "")

    def test_by_default_only_what_is_out_of_all_reason_is(self, client: httpx.Client) -> None:
        assert client.post("/searches", json={"dataset": "cifar10"}).status_code == 202
        absurd = {"dataset": "cifar10", "init_channels": 128, "image_size": 256, "batch_size": 16}
        stages = [{"epochs": 500}] * 3
        answer = client.post("/searches", json=absurd | {"stages": stages})
        assert problem(answer) == (422, "search_too_long")
        shared = client.post("/searches", json=absurd | {"stages": stages, "device_count": 16})
        assert shared.json()["detail"] == answer.json()["detail"]

    def test_an_evaluation_that_would_take_longer_is_refused(self, open_service: Open) -> None:
        client = open_service(evaluation_hours=0.0005)
        body = {"dataset": "digits", "preset": "quick", "genotype_document": CELLS}
        answer = client.post("/evaluations", json=body)
        assert problem(answer) == (422, "evaluation_too_long")
        assert pointers(answer) == ["/epochs"]
        short = client.post("/evaluations", json=body | {"epochs": 1, "max_images": 20})
        assert short.status_code == 202

    def test_by_default_an_evaluation_may_take_as_long_as_the_papers(
        self, client: httpx.Client
    ) -> None:
        paper = {"dataset": "cifar10", "preset": "paper-cifar10", "genotype_document": CELLS}
        assert client.post("/evaluations", json=paper).status_code == 202
        absurd = {"epochs": 5000, "init_channels": 128, "image_size": 128}
        answer = client.post("/evaluations", json=paper | absurd)
        assert problem(answer) == (422, "evaluation_too_long")


def test_without_keys_nothing_is_limited(client: httpx.Client) -> None:
    limits = client.get("/me").json()["limits"]
    assert {use["limit"] for use in limits.values()} == {None}
    assert "ratelimit" not in client.get("/searches").headers
