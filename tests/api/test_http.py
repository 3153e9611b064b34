"""What holds for every path: HEAD, OPTIONS, methods, unknown paths, request ids, defects."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from api.http import errors
from api.http.errors import ApiError, NotAcceptable
from api.http.negotiation import choose_media_type
from api.main import _all_routes
from store.settings import Settings
from tests.api.calls import QUICK, problem, submit
from tests.support.http_service import serve


class TestMethods:
    @pytest.mark.parametrize("path", ["/searches", "/v1/presets", "/livez", "/docs", "/", "/v1"])
    def test_head_is_get_without_a_body(self, shared_client: httpx.Client, path: str) -> None:
        got, head = shared_client.get(path), shared_client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        same = ("content-type", "content-length")
        assert [head.headers[name] for name in same] == [got.headers[name] for name in same]

    def test_head_tells_an_error_too(self, shared_client: httpx.Client) -> None:
        head = shared_client.head("/searches/srch_x")
        assert (head.status_code, head.content) == (404, b"")

    @pytest.mark.parametrize(
        ("path", "methods"),
        [
            ("/searches", {"GET", "HEAD", "POST", "OPTIONS"}),
            ("/v1/searches/srch_x", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
            ("/searches/srch_x/cancel", {"POST", "OPTIONS"}),
            ("/livez", {"GET", "HEAD", "OPTIONS"}),
            ("/", {"GET", "HEAD", "OPTIONS"}),
            ("/v1", {"GET", "HEAD", "OPTIONS"}),
        ],
    )
    def test_another_method_is_told_which_there_are(
        self, shared_client: httpx.Client, path: str, methods: set[str]
    ) -> None:
        for answer in (shared_client.put(path), shared_client.options(path)):
            assert set(answer.headers["allow"].split(", ")) == methods
        assert problem(shared_client.put(path)) == (405, "method_not_allowed")
        assert shared_client.options(path).status_code == 204


@pytest.mark.parametrize("path", ["/nothing", "/v1/", "/v2/searches", "/searches/", "/%00"])
def test_nothing_is_at_an_unknown_path(shared_client: httpx.Client, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert problem(shared_client.request(method, path)) == (404, "not_found")


class TestRequestId:
    def test_every_answer_has_its_own(self, shared_client: httpx.Client) -> None:
        first, second = (shared_client.get("/livez").headers["x-request-id"] for _ in range(2))
        assert first != second

    def test_the_clients_is_kept(self, shared_client: httpx.Client) -> None:
        answer = shared_client.get("/nothing", headers={"X-Request-ID": "abc-123"})
        assert answer.headers.get_list("x-request-id") == ["abc-123"]
        assert answer.json()["request_id"] == "abc-123"

    @pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "<script>"])
    def test_one_that_could_do_harm_is_not(self, shared_client: httpx.Client, given: str) -> None:
        answer = shared_client.get("/livez", headers={"X-Request-ID": given})
        assert answer.headers["x-request-id"] not in {"", given}


class TestNegotiation:
    OFFERS = ("application/json", "text/csv")

    @pytest.mark.parametrize(
        ("accept", "chosen"),
        [
            ("", "application/json"),
            ("*/*", "application/json"),
            ("text/csv", "text/csv"),
            ("TEXT/CSV;q=0.5", "text/csv"),
            ("text/*", "text/csv"),
            ("text/csv;q=0.4, application/json;q=0.6", "application/json"),
            ("text/csv, */*;q=0.1", "text/csv"),
            ("application/json;q=0, */*", "text/csv"),
            ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ],
    )
    def test_the_preferred_offer_is_chosen(self, accept: str, chosen: str) -> None:
        assert choose_media_type(accept, self.OFFERS) == chosen

    @pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "application/json;q=x", ";"])
    def test_none_where_the_client_takes_none(self, accept: str) -> None:
        with pytest.raises(NotAcceptable):
            choose_media_type(accept, self.OFFERS)


def test_bodies_of_moves_are_not_looked_at(client: httpx.Client) -> None:
    search_id = submit(client)
    answer = client.post(f"/searches/{search_id}/cancel", content=b"\xff" * 1000)
    assert answer.status_code == 202
    assert client.post("/searches", json=QUICK).status_code == 202


def test_the_first_request_finds_everything_built(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    build = TypeAdapter.__init__

    def note(adapter: Any, kind: Any, **options: Any) -> None:
        built.append(str(kind))
        build(adapter, kind, **options)

    _all_routes.cache_clear()
    with serve(settings) as client:
        monkeypatch.setattr(TypeAdapter, "__init__", note)
        assert client.get("/livez").status_code == 200
        assert client.get("/v1/searches").status_code == 200
    assert built == []


def test_the_overview_of_errors_has_each_of_them() -> None:
    def below(kind: type[ApiError]) -> Iterator[str]:
        for one in kind.__subclasses__():
            if one.__module__ == errors.__name__:
                yield one.__name__
                yield from below(one)

    assert re.findall(r"[├└]── (\w+)", errors.__doc__ or "") == [*below(ApiError)]
