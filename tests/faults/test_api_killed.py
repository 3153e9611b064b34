"""The HTTP interface is killed around the commit of a request, which its client sends again."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import Subject
from tests.support import failpoints
from tests.support.api_process import ApiProcess, api_process
from tests.support.failpoints import Failpoint, When
from tests.support.fleet import Fleet, fleet
from tests.support.jobs import SearchRecord, make_spec
from tests.support.outcomes import SHORT, TARGETS, assert_ended_well

KEY = {"Idempotency-Key": "once"}


@pytest.fixture
def around(tmp_path: Path, database_url: str) -> Iterator[Fleet]:
    """Yield a broker and a database, and no worker yet."""
    with fleet(tmp_path, database_url, workers=0) as running:
        yield running


@pytest.fixture
def api(around: Fleet) -> Iterator[ApiProcess]:
    with api_process(around.folder, around.database_url, around.redis.url) as api:
        yield api


def killed_at(api: ApiProcess, failpoint: Failpoint, path: str, body: object = None) -> None:
    """Send a request that kills the interface, and start that again."""
    api.start(first=(failpoints.MODULE,), environment=failpoint.environment)
    # Killed while it rings, it may have answered.
    with suppress(httpx.TransportError):
        api.client.post(path, json=body, headers=KEY)
    assert api.wait_for_end() < 0
    api.start()


def listed(api: ApiProcess, path: str) -> list[str]:
    return [job["id"] for job in api.client.get(path).json()["data"]]


@pytest.mark.sampled
@pytest.mark.parametrize("when", ["before", "after"])
class TestAroundTheCommit:
    @pytest.mark.parametrize("kind", TARGETS)
    def test_job_is_there_or_not_and_once_when_it_is_sent_again(
        self, around: Fleet, api: ApiProcess, subject: Subject, when: When
    ) -> None:
        path = f"/{subject.kind.plural}"
        killed_at(api, Failpoint("commit", when, 1), path, subject.body)
        written = listed(api, path)
        assert len(written) == (0 if when == "before" else 1)
        answer = api.client.post(path, json=subject.body, headers=KEY)
        assert answer.status_code == 202, answer.text
        assert listed(api, path) == [answer.json()["id"]] == (written or [answer.json()["id"]])
        around.start_workers()
        subject.assert_ended_well(around.database, answer.json()["id"])

    @pytest.mark.slow
    def test_move_is_carried_out_once(self, api: ApiProcess, when: When) -> None:
        api.start()
        search_id = api.client.post("/searches", json=make_spec()).json()["id"]
        api.kill()
        killed_at(api, Failpoint("commit", when, 1), f"/searches/{search_id}/cancel")
        status = api.client.get(f"/searches/{search_id}").json()["status"]
        assert status == ("queued" if when == "before" else "cancelled")
        answer = api.client.post(f"/searches/{search_id}/cancel", headers=KEY)
        assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")


@pytest.mark.sampled
@pytest.mark.parametrize("when", ["before", "after"])
def test_search_whose_ring_was_lost_runs(
    around: Fleet, api: ApiProcess, short: SearchRecord, when: When
) -> None:
    killed_at(api, Failpoint("publish", when, 1), "/searches", make_spec(**SHORT))
    (search_id,) = listed(api, "/searches")
    around.start_workers()
    assert_ended_well(around.database, search_id, short)
