import httpx
import pytest

from store.database import Database
from tests.api.calls import problem, submit
from tests.api.work import end_well, start


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [search["id"] for search in answer.json()["data"]]


def test_the_newest_comes_first(client: httpx.Client) -> None:
    submitted = [submit(client) for _ in range(3)]
    assert ids(client.get("/searches")) == sorted(submitted, reverse=True)


def test_pages_follow_each_other_without_gap_or_overlap(client: httpx.Client) -> None:
    submitted = sorted((submit(client) for _ in range(5)), reverse=True)
    found: list[str] = []
    after: dict[str, str] = {}
    for size in (2, 2, 1):
        page = client.get("/searches", params={"limit": 2} | after)
        assert len(ids(page)) == size
        found += ids(page)
        after = {"after": page.json()["next_cursor"]}
    assert found == submitted
    assert after == {"after": None}


def test_a_page_stays_as_it_is_when_a_search_comes_in(client: httpx.Client) -> None:
    for _ in range(4):
        submit(client)
    cursor = client.get("/searches?limit=2").json()["next_cursor"]
    before = ids(client.get(f"/searches?limit=2&after={cursor}"))
    submit(client)
    assert ids(client.get(f"/searches?limit=2&after={cursor}")) == before


def test_a_cursor_outlives_its_search(client: httpx.Client) -> None:
    oldest = submit(client)
    newest = submit(client)
    client.post(f"/searches/{newest}/cancel")
    client.delete(f"/searches/{newest}")
    assert ids(client.get(f"/searches?after={newest}")) == [oldest]


def test_the_status_filters(client: httpx.Client, database: Database) -> None:
    queued, running, cancelling, done = (submit(client) for _ in range(4))
    start(database, running)
    start(database, cancelling)
    client.post(f"/searches/{cancelling}/cancel")
    end_well(database, done, 2)
    assert ids(client.get("/searches?status=queued")) == [queued]
    assert ids(client.get("/searches?status=running")) == [running]
    assert ids(client.get("/searches?status=cancelling")) == [cancelling]
    assert ids(client.get("/searches?status=succeeded")) == [done]
    assert ids(client.get("/searches?status=failed")) == []


def test_the_data_set_filters(client: httpx.Client) -> None:
    submit(client)
    on_cifar = submit(client, dataset="cifar10")
    assert ids(client.get("/searches?dataset=cifar10")) == [on_cifar]
    assert ids(client.get("/searches", params={"dataset": "' OR 1=1 --"})) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=ten",
        "limit=99999999999999999999",
        "after=x",
        "after=srch_%00",
        "status=done",
        "dataset=%00",
        "dataset=" + "x" * 101,
        "stauts=queued",
    ],
)
def test_a_bad_parameter_is_named(shared_client: httpx.Client, query: str) -> None:
    answer = shared_client.get(f"/searches?{query}")
    assert problem(answer) == (422, "invalid_request")
    assert [error["parameter"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


def test_a_misspelt_dry_run_submits_nothing(client: httpx.Client) -> None:
    answer = client.post("/searches?dryrun=true", json={"dataset": "digits"})
    assert problem(answer) == (422, "invalid_request")
    assert ids(client.get("/searches")) == []
