"""What the service's root tells."""

import httpx
import pytest

from tests.api.calls import problem

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ROOTS = pytest.mark.parametrize("path", ["/", "/v1"])


@ROOTS
def test_a_browser_is_led_to_the_page(shared_client: httpx.Client, path: str) -> None:
    answer = shared_client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (307, "/ui")
    assert "Accept" in answer.headers["vary"]
    assert shared_client.get("/ui", headers=BROWSER).status_code == 200


@ROOTS
@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_a_program_is_told_where_to_go(shared_client: httpx.Client, path: str, accept: str) -> None:
    answer = shared_client.get(path, headers={"Accept": accept})
    urls = answer.json()["urls"]
    assert {"ui", "docs", "openapi", "searches", "datasets", "genotypes", "readyz"} <= set(urls)
    assert {shared_client.get(url).status_code for url in urls.values()} <= {200, 403}
    assert "Accept" in answer.headers["vary"]


def test_it_is_told_whether_that_has_changed(shared_client: httpx.Client) -> None:
    tag = shared_client.get("/").headers["etag"]
    assert shared_client.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_what_can_be_neither_is_not_answered(shared_client: httpx.Client) -> None:
    answer = shared_client.get("/", headers={"Accept": "image/png"})
    assert problem(answer) == (406, "not_acceptable")


def test_an_unknown_parameter_is_refused(shared_client: httpx.Client) -> None:
    answer = shared_client.get("/?dryrun=true")
    assert problem(answer) == (422, "invalid_request")
    assert answer.json()["detail"] == "unknown parameter; none are allowed here"
