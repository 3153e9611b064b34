"""Webhooks: made, told of what becomes of searches, listed, sent again, disabled."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Verifier

from api.services.webhooks import MOST_PINGS, MOST_PINGS_EACH, MOST_WEBHOOKS, new_secret
from api.webhooks.sender import PAUSES_SECONDS, Sender
from store.database import Database
from store.history import NewEvent
from store.lease import record
from store.lifecycle import request_cancel
from store.sealed_secrets import SecretBox
from store.settings import Settings
from store.tables import Delivery
from store.types import db_now
from store.webhooks import PING, PING_SECONDS, TakenDelivery
from tests.api.calls import pointers, problem, submit
from tests.api.work import end_badly, end_well, start
from tests.support.evaluation_jobs import queue_evaluation
from tests.support.http_service import serve
from tests.support.keys import client_with, make_key
from tests.support.receiver import Receiver, receiving
from tests.support.servers import wait_until

ENDS = ["search.succeeded", "search.failed", "search.cancelled"]


@pytest.fixture(scope="module")
def sending_settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "webhooks": "on",
            "webhook_http": "on",
            "webhook_allowed_networks": "127.0.0.0/8",
        }
    )


@pytest.fixture(scope="module")
def sending_service(sending_settings: Settings) -> Iterator[httpx.Client]:
    with serve(sending_settings) as client:
        yield client


@pytest.fixture
def sender(sending_service: httpx.Client, database: Database) -> httpx.Client:
    """A client of a service that sends webhooks, and knows no searches."""
    return sending_service


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def make(client: httpx.Client, url: str, *events: str) -> dict[str, Any]:
    answer = client.post("/webhooks", json={"url": url, "events": [*(events or ENDS)]})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def deliveries(client: httpx.Client, webhook_id: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get(f"/webhooks/{webhook_id}/deliveries").json()["data"]
    return listed


def wait_for(client: httpx.Client, webhook_id: str, **values: object) -> dict[str, Any]:
    """Wait until the newest delivery has these values."""

    def newest() -> dict[str, Any]:
        return (deliveries(client, webhook_id) or [{}])[0]

    wait_until(lambda: values.items() <= newest().items(), f"a delivery with {values}", 60)
    return newest()


def make_due(database: Database) -> None:
    """Let no pause between attempts be waited for."""
    with database.write() as session:
        session.execute(update(Delivery).values(due_at=db_now()))


class TestDelivery:
    def test_it_tells_what_became_of_a_search_signed_with_the_secret(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        webhook = make(sender, f"{receiver.url}/hook?a=1")
        search_id = submit(sender)
        end_well(database, search_id, 2)
        received = receiver.next()
        assert received.path == "/hook?a=1"
        assert received.headers["content-type"] == "application/json"
        told = Verifier(webhook["secret"]).verify(received.body, received.headers)
        assert told["type"] == "search.succeeded"
        assert told["data"]["search_id"] == search_id
        assert told["data"]["status"] == "succeeded"
        delivery = wait_for(sender, webhook["id"], state="succeeded")
        assert delivery["id"] == received.headers["webhook-id"]
        assert (delivery["job"], delivery["search"]) == (search_id, search_id)
        assert delivery["attempts"] == 1
        assert delivery["last_status"] == 204

    def test_a_failure_is_told_without_its_traceback(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        make(sender, receiver.url)
        end_badly(database, submit(sender))
        told = json.loads(receiver.next().body)
        assert (told["type"], told["data"]["code"]) == ("search.failed", "diverged")
        assert "Traceback" not in json.dumps(told)

    def test_it_tells_of_an_evaluation_and_names_it(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        webhook = make(sender, receiver.url, "evaluation.cancelled")
        evaluation_id = queue_evaluation(database)
        sender.post(f"/evaluations/{evaluation_id}/cancel").raise_for_status()
        assert json.loads(receiver.next().body)["data"]["evaluation_id"] == evaluation_id
        delivery = wait_for(sender, webhook["id"], state="succeeded")
        assert (delivery["job"], delivery["search"]) == (evaluation_id, None)

    def test_a_pruning_is_told_to_those_who_want_it(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        make(sender, f"{receiver.url}/ends")
        make(sender, f"{receiver.url}/prunings", "stage.pruned")
        lease = start(database, submit(sender))
        with database.write() as session:
            data = {"stage": 1, "kept": 5}
            record(
                session,
                lease,
                event=NewEvent(type="operations_pruned", message="3 dropped", data=data),
            )
        received = receiver.next()
        assert received.path == "/prunings"
        assert json.loads(received.body)["data"] | data == json.loads(received.body)["data"]

    def test_what_is_rolled_back_is_not_told(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        webhook, search_id = make(sender, receiver.url), submit(sender)
        with contextlib.suppress(RuntimeError), database.write() as session:
            request_cancel(session, search_id)
            raise RuntimeError
        assert deliveries(sender, webhook["id"]) == []

    def test_a_receiver_that_fails_is_tried_again_with_the_same_id_and_body(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        receiver.statuses = [500]
        webhook = make(sender, receiver.url)
        sender.post(f"/searches/{submit(sender)}/cancel")
        first = receiver.next()
        failed = wait_for(sender, webhook["id"], last_status=500)
        assert (failed["state"], failed["attempts"]) == ("pending", 1)
        assert sender.get(f"/webhooks/{webhook['id']}").json()["failing_since"]
        make_due(database)
        second = receiver.next()
        wait_for(sender, webhook["id"], state="succeeded", attempts=2)
        assert second.headers["webhook-id"] == first.headers["webhook-id"]
        assert second.body == first.body
        assert sender.get(f"/webhooks/{webhook['id']}").json()["failing_since"] is None

    def test_a_redirect_is_not_followed(self, sender: httpx.Client, receiver: Receiver) -> None:
        receiver.statuses = [307]
        webhook = make(sender, receiver.url)
        sender.post(f"/searches/{submit(sender)}/cancel")
        assert receiver.next().path == "/"
        wait_for(sender, webhook["id"], last_status=307, state="pending")
        assert receiver.requests.empty()

    def test_one_that_does_not_answer_holds_up_nobody_else(
        self, sender: httpx.Client, receiver: Receiver
    ) -> None:
        with receiving(*[0] * 100) as silent:
            make(sender, silent.url)
            search_ids = [submit(sender) for _ in range(20)]
            for search_id in search_ids:
                sender.post(f"/searches/{search_id}/cancel")
            silent.next()
            webhook = make(sender, receiver.url)
            sender.post(f"/searches/{submit(sender)}/cancel")
            receiver.next()
            wait_for(sender, webhook["id"], state="succeeded")

    def test_after_the_last_attempt_it_is_dead(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        receiver.statuses = [500, 503]
        webhook = make(sender, receiver.url)
        sender.post(f"/webhooks/{webhook['id']}/ping")
        wait_for(sender, webhook["id"], last_status=500)
        with database.write() as session:
            tried = len(PAUSES_SECONDS)
            session.execute(update(Delivery).values(attempts=tried, due_at=db_now()))
        dead = wait_for(sender, webhook["id"], state="dead")
        assert (dead["last_status"], dead["due_at"]) == (503, None)
        assert sender.get(f"/webhooks/{webhook['id']}").json()["enabled"]

    def test_where_nobody_listens_it_says_so(self, sender: httpx.Client) -> None:
        with receiving() as gone:
            pass
        webhook = make(sender, gone.url)
        sender.post(f"/webhooks/{webhook['id']}/ping")
        failed = wait_for(sender, webhook["id"], attempts=1, last_status=None)
        wait_until(lambda: deliveries(sender, webhook["id"])[0]["last_error"], "an error")
        assert failed["state"] == "pending"

    def test_one_that_is_gone_is_disabled(self, sender: httpx.Client, receiver: Receiver) -> None:
        receiver.statuses = [410]
        webhook = make(sender, receiver.url)
        sender.post(f"/webhooks/{webhook['id']}/ping")
        wait_for(sender, webhook["id"], state="dead")
        told = sender.get(f"/webhooks/{webhook['id']}").json()
        assert (told["enabled"], "410" in told["disabled_reason"]) == (False, True)
        sender.post(f"/searches/{submit(sender)}/cancel")
        assert len(deliveries(sender, webhook["id"])) == 1


def test_a_ping_shows_that_deliveries_arrive(sender: httpx.Client, receiver: Receiver) -> None:
    webhook = make(sender, receiver.url)
    ping = sender.post(f"/webhooks/{webhook['id']}/ping")
    assert (ping.status_code, ping.json()["event"]) == (202, "webhook.ping")
    received = receiver.next()
    assert received.headers["webhook-id"] == ping.json()["id"]
    assert Verifier(webhook["secret"]).verify(received.body, received.headers)


class TestPings:
    """Each takes a place of the sender's for as long as the receiver likes."""

    def test_a_webhook_gets_only_so_many_a_minute(
        self, sender: httpx.Client, database: Database
    ) -> None:
        webhook = make(sender, "https://example.org/")
        path = f"/webhooks/{webhook['id']}/ping"
        answers = [sender.post(path) for _ in range(MOST_PINGS_EACH + 1)]
        assert {answer.status_code for answer in answers[:-1]} == {202}
        assert problem(answers[-1]) == (429, "too_many_requests")
        assert int(answers[-1].headers["retry-after"]) > 0
        with database.write() as session:
            session.execute(update(Delivery).values(created_at=db_now(-PING_SECONDS)))
        assert sender.post(path).status_code == 202

    def test_an_owner_gets_only_so_many_for_all_webhooks(
        self, sender: httpx.Client, database: Database
    ) -> None:
        hooks = [make(sender, "https://example.org/")["id"] for _ in range(MOST_WEBHOOKS)]
        with database.write() as session:
            session.add_all(
                Delivery(id=f"msg_{n}", webhook_id=hooks[n % 18], event=PING, payload="{}")
                for n in range(MOST_PINGS)
            )
        assert problem(sender.post(f"/webhooks/{hooks[-1]}/ping")) == (429, "too_many_requests")


def test_one_owner_cannot_keep_another_waiting(
    sending_settings: Settings, database: Database, receiver: Receiver
) -> None:
    """Twenty receivers that never answer, and more waiting for each than can be sent at once."""
    keys = [make_key(database, owner=owner).text for owner in ("ada", "bob")]
    settings = sending_settings.model_copy(update={"auth": "on"})
    with (
        receiving(*[0] * 100) as silent,
        serve(settings) as client,
        client_with(client, keys[0]) as ada,
        client_with(client, keys[1]) as bob,
    ):
        hooks = [make(ada, silent.url)["id"] for _ in range(MOST_WEBHOOKS)]
        with database.write() as session:
            session.add_all(
                Delivery(id=f"msg_{n}", webhook_id=hooks[n % 20], event=PING, payload="{}")
                for n in range(480)
            )
        silent.next()
        webhook = make(bob, receiver.url)
        ping = bob.post(f"/webhooks/{webhook['id']}/ping").json()
        assert receiver.next().headers["webhook-id"] == ping["id"]


@pytest.mark.anyio
async def test_a_receiver_that_drips_has_only_so_long(
    sending_settings: Settings, database: Database
) -> None:
    """Each byte of its answer comes in time; the end of it never does."""
    secrets = SecretBox([b"k" * 32])
    sender = Sender(database, sending_settings, secrets, attempt_seconds=0.3)
    with dripping() as url:
        taken = TakenDelivery(
            id="msg_1",
            webhook_id="whk_1",
            owner="ada",
            attempt=1,
            url=url,
            payload="{}",
            sealed_secret=secrets.seal(new_secret(), "whk_1"),
        )
        # By itself: a sender of the service would take it from one that looks into the database.
        outcome = await sender._send(taken)
    assert outcome.error == "the receiver took too long to answer"


@contextmanager
def dripping() -> Iterator[str]:
    """Run a receiver whose answer comes a byte at a time, for ever."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            with contextlib.suppress(OSError):
                while not over.wait(0.02):
                    self.wfile.write(b"x")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class TestRedelivery:
    def test_what_has_ended_is_sent_again_under_its_id(
        self, sender: httpx.Client, receiver: Receiver
    ) -> None:
        webhook = make(sender, receiver.url)
        delivery_id = sender.post(f"/webhooks/{webhook['id']}/ping").json()["id"]
        path = f"/webhooks/{webhook['id']}/deliveries/{delivery_id}/redeliver"
        first = receiver.next()
        wait_for(sender, webhook["id"], state="succeeded")
        assert sender.post(path).status_code == 202
        second = receiver.next()
        assert second.headers["webhook-id"] == first.headers["webhook-id"] == delivery_id

    def test_what_is_still_being_sent_is_not(self, sender: httpx.Client) -> None:
        with receiving(0) as silent:
            webhook = make(sender, silent.url)
            delivery_id = sender.post(f"/webhooks/{webhook['id']}/ping").json()["id"]
            path = f"/webhooks/{webhook['id']}/deliveries/{delivery_id}/redeliver"
            silent.next()
            assert problem(sender.post(path)) == (409, "delivery_pending")


class TestWebhook:
    def test_its_secret_is_shown_once(self, sender: httpx.Client, receiver: Receiver) -> None:
        key = {"Idempotency-Key": "hook"}
        body = {"url": receiver.url, "events": ENDS}
        first = sender.post("/webhooks", json=body, headers=key)
        again = sender.post("/webhooks", json=body, headers=key)
        assert first.json()["secret"].startswith("whsec_")
        assert again.json() == first.json() | {"secret": None}
        path = f"/webhooks/{first.json()['id']}"
        assert first.headers["location"] == f"/v1{path}"
        for answer in (sender.get(path), sender.get("/webhooks"), sender.patch(path, json={})):
            assert answer.status_code == 200
            assert "secret" not in answer.text

    def test_it_is_changed(self, sender: httpx.Client, receiver: Receiver) -> None:
        path = f"/webhooks/{make(sender, receiver.url)['id']}"
        changed = sender.patch(path, json={"events": ["stage.pruned"], "enabled": False}).json()
        assert (changed["events"], changed["enabled"]) == (["stage.pruned"], False)
        assert sender.get(path).json() == changed

    def test_it_is_deleted_with_its_deliveries(
        self, sender: httpx.Client, database: Database, receiver: Receiver
    ) -> None:
        path = f"/webhooks/{make(sender, receiver.url)['id']}"
        sender.post(f"{path}/ping")
        assert sender.delete(path).status_code == 204
        assert problem(sender.get(path)) == (404, "not_found")
        with database.read() as session:
            assert session.scalars(select(Delivery)).all() == []

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({"url": "https://10.0.0.1/"}, "/url"),
            ({"url": "https://169.254.169.254/latest"}, "/url"),
            ({"url": "ftp://example.org/"}, "/url"),
            ({"url": ""}, "/url"),
            ({"events": []}, "/events"),
            ({"events": ["search.made_up"]}, "/events/0"),
            ({"events": ["search.failed", "search.failed"]}, "/events"),
            ({"secret": "mine"}, "/secret"),
        ],
    )
    def test_what_is_wrong_is_pointed_at(
        self, sender: httpx.Client, body: dict[str, Any], where: str
    ) -> None:
        good = {"url": "https://example.org/", "events": ["search.failed"]}
        answer = sender.post("/webhooks", json=good | body)
        assert problem(answer) == (422, "invalid_request")
        assert pointers(answer) == [where]

    def test_an_owner_has_only_so_many(self, sender: httpx.Client) -> None:
        for _ in range(MOST_WEBHOOKS):
            make(sender, "https://example.org/")
        body = {"url": "https://example.org/", "events": ENDS}
        assert problem(sender.post("/webhooks", json=body)) == (409, "too_many_webhooks")


def test_they_are_off_unless_switched_on(client: httpx.Client) -> None:
    body = {"url": "https://example.org/", "events": ENDS}
    for answer in (client.get("/webhooks"), client.post("/webhooks", json=body)):
        assert problem(answer) == (403, "webhooks_off")


def test_those_of_others_are_neither_seen_nor_told(
    sending_settings: Settings, database: Database, receiver: Receiver
) -> None:
    keys = [make_key(database, owner=owner).text for owner in ("ada", "bob")]
    with (
        serve(sending_settings.model_copy(update={"auth": "on"})) as client,
        client_with(client, keys[0]) as ada,
        client_with(client, keys[1]) as bob,
    ):
        path = f"/webhooks/{make(ada, receiver.url)['id']}"
        assert bob.get("/webhooks").json()["data"] == []
        for answer in (
            bob.get(path),
            bob.patch(path, json={"enabled": False}),
            bob.delete(path),
            bob.post(f"{path}/ping"),
            bob.get(f"{path}/deliveries"),
        ):
            assert problem(answer) == (404, "not_found")
        bob.post(f"/searches/{submit(bob)}/cancel")
        assert deliveries(ada, path.rpartition("/")[2]) == []
