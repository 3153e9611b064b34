import csv
import io

import httpx
import pytest
from jsonschema import Draft202012Validator

from api.endpoint.metadata_filter import METADATA_PARAMETER
from api.schemas.searches import SEARCH_COLUMNS
from store.database import Database
from tests.api.calls import problem, submit
from tests.api.work import end_well, start

pytestmark = pytest.mark.both_databases


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
        page = client.get("/searches", params={"limit": "2"} | after)
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


def test_the_name_filters(client: httpx.Client) -> None:
    submit(client, name="paper")
    other = submit(client, name="paper, seed 7")
    assert ids(client.get("/searches", params={"name": "paper, seed 7"})) == [other]
    assert ids(client.get("/searches", params={"name": "PAPER"})) == []


def test_a_part_of_a_name_filters_in_capitals_or_not(client: httpx.Client) -> None:
    submit(client)
    submit(client, name="papers")
    wanted = submit(client, name="The Paper, seed 7")
    assert ids(client.get("/searches", params={"name_contains": "pApEr,"})) == [wanted]
    assert ids(client.get("/searches", params={"name_contains": "seed 8"})) == []


@pytest.mark.parametrize("sign", ["%", "_", "/", "\\", "'", '"', "*", "[", "é"])
def test_signs_in_a_part_of_a_name_stand_for_themselves(client: httpx.Client, sign: str) -> None:
    submit(client, name="plain")
    wanted = submit(client, name=f"50{sign} of it")
    assert ids(client.get("/searches", params={"name_contains": sign})) == [wanted]
    assert ids(client.get("/searches", params={"name_contains": f"{sign}{sign}"})) == []


def test_a_part_of_a_data_sets_name_filters(client: httpx.Client) -> None:
    on_digits = submit(client)
    submit(client, dataset="cifar10")
    assert ids(client.get("/searches?dataset_contains=GIT")) == [on_digits]


def test_the_oldest_come_first_where_asked_for(client: httpx.Client) -> None:
    submitted = sorted(submit(client) for _ in range(3))
    page = client.get("/searches?sort=oldest&limit=2")
    assert ids(page) == submitted[:2]
    assert ids(client.get(page.links["next"]["url"])) == submitted[2:]


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        ("ticket", 1234, "1234"),
        ("ticket", "1234", "1234"),
        ("share", 0.5, "0.5"),
        ("final", True, "true"),
        ("final", False, "false"),
        ("a.b", "x", "x"),
        ('"quoted"', "it's", "it's"),
        ("$", "ünï", "ünï"),
        ("straße", "x", "x"),
    ],
)
def test_metadata_filter(client: httpx.Client, member: str, value: object, text: str) -> None:
    submit(client, metadata={"other": value, "nested": {member: value}})
    wanted = submit(client, metadata={member: value})
    found = client.get("/searches", params={f"metadata[{member}]": text})
    assert ids(found) == [wanted]


def test_all_filters_must_hold(client: httpx.Client) -> None:
    submit(client, metadata={"a": "1"})
    both = submit(client, metadata={"a": "1", "b": "2"}, name="x")
    found = client.get("/searches?name=x&metadata[a]=1&metadata[b]=2&status=queued&dataset=digits")
    assert ids(found) == [both]


@pytest.mark.parametrize("name", ["metadata", "metadata[]", "metadata[ticket", "metadata.ticket"])
def test_metadata_without_its_brackets_is_told_of_them(client: httpx.Client, name: str) -> None:
    answer = client.get("/searches", params={name: "1234"})
    assert problem(answer) == (422, "invalid_request")
    (error,) = answer.json()["errors"]
    assert error["parameter"] == name
    assert error["detail"] == "name the member to filter by: metadata[NAME]=VALUE"


@pytest.mark.parametrize(
    ("value", "status"), [("1", 200), ("\0", 422), ("x" * 1000, 200), ("x" * 1001, 422)]
)
def test_the_document_says_which_values_of_metadata_are_refused(
    client: httpx.Client, value: str, status: int
) -> None:
    schema = Draft202012Validator(METADATA_PARAMETER["schema"])
    assert schema.is_valid({"a": value}) == (status == 200)
    assert client.get("/searches", params={"metadata[a]": value}).status_code == status


def test_there_are_at_most_ten_of_metadata(client: httpx.Client) -> None:
    members = {f"m{number}": str(number) for number in range(11)}
    wanted = submit(client, metadata=members)
    parameters: list[tuple[str, str | int | float | bool | None]] = [
        (f"metadata[{name}]", value) for name, value in members.items()
    ]
    assert ids(client.get("/searches", params=parameters[:10])) == [wanted]
    for too_many in (parameters, parameters[-1:] * 100):
        answer = client.get("/searches", params=too_many)
        assert problem(answer) == (422, "invalid_request")
        assert [error["parameter"] for error in answer.json()["errors"]] == ["metadata[m10]"]


@pytest.mark.parametrize("value", [None, [1], {"b": 1}, 1])
def test_only_scalars_are_compared(client: httpx.Client, value: object) -> None:
    submit(client, metadata={"a": value})
    for text in ("null", "", "[1]", '{"b": 1}', "true", "1.0"):
        assert ids(client.get("/searches", params={"metadata[a]": text})) == []


def test_moments_filter_from_the_first_up_to_the_second(client: httpx.Client) -> None:
    submit(client)
    middle = submit(client)
    last = submit(client)
    moment = {i: client.get(f"/searches/{i}").json()["created_at"] for i in (middle, last)}
    found = client.get(
        "/searches", params={"created_after": moment[middle], "created_before": moment[last]}
    )
    assert ids(found) == [middle]


class TestPages:
    def test_a_header_leads_to_the_next(self, client: httpx.Client) -> None:
        first, second = sorted((submit(client, name="é") for _ in range(2)), reverse=True)
        page = client.get("/searches?limit=1&name=%C3%A9")
        assert ids(page) == [first]
        following = client.get(page.links["next"]["url"])
        assert ids(following) == [second]
        assert following.links == {}

    def test_a_table_has_the_same_pages(self, client: httpx.Client) -> None:
        first, second = sorted((submit(client, name="a, b") for _ in range(2)), reverse=True)
        page = client.get("/searches?limit=1", headers={"Accept": "text/csv"})
        assert page.headers["content-type"] == "text/csv; charset=utf-8"
        (row,) = csv.DictReader(io.StringIO(page.text))
        assert (row["id"], row["name"], row["status"]) == (first, "a, b", "queued")
        body = client.get(f"/searches/{first}").json()
        assert (row["created_at"], row["started_at"]) == (body["created_at"], "")
        following = client.get(page.links["next"]["url"], headers={"Accept": "text/csv"})
        assert [row["id"] for row in csv.DictReader(io.StringIO(following.text))] == [second]

    def test_an_empty_table_has_a_header(self, client: httpx.Client) -> None:
        table = client.get("/searches", headers={"Accept": "text/csv"}).text
        assert table.splitlines() == [",".join(SEARCH_COLUMNS)]


@pytest.mark.parametrize(
    "query",
    [
        "name=%00",
        "name=" + "x" * 201,
        "name_contains=%00",
        "name_contains=" + "x" * 201,
        "dataset_contains=" + "x" * 101,
        "sort=name",
        "metadata[a]=%00",
        "metadata[]=1",
        "metadata[a][b]=1",
        "metadata=1",
        "created_after=yesterday",
        "created_after=2026-01-01",
        "created_after=1700000000",
        "created_after=2026-01-01T00:00:00",
        "created_before=9999-12-31T23:59:59-23:59",
        "created_before=0001-01-01T00:00:00%2B23:59",
        "created_before=2026-02-30T00:00:00Z",
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
