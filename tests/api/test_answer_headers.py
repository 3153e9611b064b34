"""What is said with every answer: how it may be kept, shown and compressed."""

import gzip
import re
from typing import Any

import httpx
import pytest

from pdarts_core.config import PRESETS
from store.database import Database
from tests.api.calls import submit
from tests.support.played_search import play_search

SAFETY = ("x-content-type-options", "referrer-policy", "content-security-policy")
IDENTITY = {"Accept-Encoding": "identity"}


@pytest.fixture
def paths(client: httpx.Client, database: Database) -> list[str]:
    """Every path of one thing, and every list, of a search that has ended."""
    with database.write() as session:
        search_id = play_search(session, PRESETS["quick"])
    base = f"/searches/{search_id}"
    genotype_id = client.get(f"{base}/genotype").json()["id"]
    parts = ("stages", "stages/1", "epochs", "events", "genotypes", "genotype", "pruning")
    return [
        base,
        *(f"{base}/{part}" for part in (*parts, "checkpoints", "logs", "alphas?stage=1")),
        f"/genotypes/{genotype_id}",
        f"/genotypes/{genotype_id}?format=svg",
        "/genotypes",
        "/searches",
        "/presets",
        "/presets/quick",
        "/datasets",
        "/datasets/digits",
        "/capacity",
        "/workers",
        "/openapi.json",
    ]


class TestETag:
    def test_what_the_client_has_is_not_sent_again(
        self, client: httpx.Client, paths: list[str]
    ) -> None:
        for path in paths:
            got = client.get(path)
            assert got.status_code == 200, path
            again = client.get(path, headers={"If-None-Match": got.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"].removeprefix("W/") == got.headers["etag"].removeprefix(
                "W/"
            )
            assert again.headers["cache-control"] == got.headers["cache-control"]
            assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200

    def test_each_representation_has_its_own(self, client: httpx.Client, paths: list[str]) -> None:
        (path,) = (path for path in paths if path.endswith("/epochs"))
        as_json, as_csv = (
            client.get(path, headers={"Accept": kind} | IDENTITY).headers["etag"]
            for kind in ("application/json", "text/csv")
        )
        assert as_json != as_csv

    def test_a_change_brings_a_new_one(self, client: httpx.Client) -> None:
        before = client.get("/searches").headers["etag"]
        submit(client)
        answer = client.get("/searches", headers={"If-None-Match": before})
        assert answer.status_code == 200
        assert answer.headers["etag"] != before


class TestHead:
    def test_it_is_get_without_a_body(self, client: httpx.Client, paths: list[str]) -> None:
        for path in paths:
            got, head = client.get(path), client.head(path)
            assert (head.status_code, head.content) == (200, b"")
            same = ("content-type", "content-length", "etag", "content-encoding", "cache-control")
            assert [head.headers.get(name) for name in same] == [
                got.headers.get(name) for name in same
            ], path

    def test_it_knows_what_the_client_has(self, client: httpx.Client) -> None:
        tag = client.head("/presets/quick").headers["etag"]
        assert client.head("/presets/quick", headers={"If-None-Match": tag}).status_code == 304


class TestNegotiation:
    def test_what_no_client_takes_is_not_sent(self, client: httpx.Client, paths: list[str]) -> None:
        for path in paths:
            if path != "/openapi.json":
                assert client.get(path, headers={"Accept": "image/png"}).status_code == 406, path

    def test_nor_is_anything_done_for_it(self, client: httpx.Client) -> None:
        answer = client.post(
            "/searches",
            json={"dataset": "digits", "preset": "quick"},
            headers={"Accept": "text/html"},
        )
        assert answer.status_code == 406
        assert client.get("/searches").json()["data"] == []


class TestCompression:
    def test_a_large_body_is_compressed_for_who_takes_it(
        self, client: httpx.Client, paths: list[str]
    ) -> None:
        (path,) = (path for path in paths if path.endswith("/pruning"))
        plain = client.get(path, headers=IDENTITY)
        packed = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["vary"]
        assert packed.content == plain.content
        assert int(packed.headers["content-length"]) < len(plain.content) / 2
        assert int(packed.headers["content-length"]) >= len(gzip.compress(plain.content, 9)) / 2

    def test_its_tag_names_the_same_version(self, client: httpx.Client, paths: list[str]) -> None:
        (path,) = (path for path in paths if path.endswith("/pruning"))
        plain = client.get(path, headers=IDENTITY).headers["etag"]
        packed = client.get(path).headers["etag"]
        assert packed == f"W/{plain}"
        assert client.get(path, headers={"If-None-Match": packed} | IDENTITY).status_code == 304

    def test_a_stream_is_not(self, client: httpx.Client, paths: list[str]) -> None:
        url = f"{paths[0]}/events/stream"
        with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
            assert "content-encoding" not in answer.headers
            assert answer.headers["content-type"].startswith("text/event-stream")


class TestKeeping:
    def test_only_its_reader_keeps_an_answer_and_asks_each_time(
        self, client: httpx.Client, paths: list[str]
    ) -> None:
        for path in paths:
            assert client.get(path).headers["cache-control"] == "private, no-cache", path

    def test_answers_to_changes_and_errors_are_not_kept(self, client: httpx.Client) -> None:
        answers = (
            client.post("/searches", json={"dataset": "digits", "preset": "quick"}),
            client.post("/searches", json={}),
            client.get("/nothing"),
            client.get("/searches/srch_x"),
        )
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


class TestSafety:
    def test_every_answer_is_harmless_in_a_browser(
        self, client: httpx.Client, paths: list[str]
    ) -> None:
        for path in [*paths, "/nothing", "/docs", "/ui", "/livez"]:
            headers = client.get(path).headers
            assert all(headers.get(name) for name in SAFETY), path
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"], path

    def test_the_docs_run_their_own_script_alone(self, shared_client: httpx.Client) -> None:
        page = shared_client.get("/docs")
        policy = page.headers["content-security-policy"]
        assert "'unsafe-inline'" not in re.findall(r"script-src ([^;]*)", policy)[0]
        assert policy.count("'sha256-") == page.text.count("<script>") == 1


def test_who_is_too_early_is_told_when_to_come(client: httpx.Client) -> None:
    answer = client.get(f"/searches/{submit(client)}/genotype")
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "10")


def test_rows_of_events_are_a_table(client: httpx.Client) -> None:
    search_id = submit(client)
    table: Any = client.get(f"/searches/{search_id}/events", headers={"Accept": "text/csv"})
    header, row = table.text.splitlines()
    assert header == "seq,type,level,message,time,data"
    assert row.startswith("1,submitted,info,submitted,")
