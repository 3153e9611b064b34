"""The dialog in which a search's name, metadata and priority are edited."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

from api.services.changes import merge
from store.database import Database
from store.history import NewEvent
from store.lease import record
from tests.browser.support.searches import lease_of, running_search
from tests.browser.support.watched_page import WatchedPage

METADATA = {"team": {"name": "vision", "lead": "ada"}, "note": None, "tags": ["a", None]}
CHANGED_ELSEWHERE = "Someone else has changed this search"

Document = dict[str, Any]
PATCHES: list[tuple[Document, Document]] = [
    ({}, {}),
    ({"a": 1}, {}),
    ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}),
    ({"a": {"b": {"c": 1}}}, {"a": {"b": {}}}),
    ({"a": None, "b": 1}, {"a": None, "b": 2}),
    ({"a": {"b": None, "c": 1}}, {"a": {"b": None, "c": 2, "d": {"e": 3}}}),
    ({"a": None}, {"a": {"b": 1}}),
    ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}, None]}),
    ({"a": {"0": 1}}, {"a": [1]}),
    ({"a": [1]}, {"a": {"0": 1}}),
    ({"a": "1"}, {"a": 1}),
    ({"toString": 1, "__proto__": 1}, {"constructor": 2}),
    ({"b": 1}, {"__proto__": {"a": 1}, "b": 1}),
]
"""Documents before and after a change."""


@pytest.fixture
def edited(page: WatchedPage, service: httpx.Client, database: Database) -> str:
    """A search with metadata, whose dialog is open."""
    assert database  # emptied before
    spec = {"dataset": "digits", "preset": "quick", "name": "before", "metadata": METADATA}
    search_id = str(service.post("/searches", json=spec).raise_for_status().json()["id"])
    open_dialog(page, search_id)
    return search_id


def open_dialog(page: WatchedPage, search_id: str) -> None:
    page.open(f"/searches/{search_id}")
    page.role("button", "Edit").click()


def spec_of(service: httpx.Client, search_id: str) -> Document:
    spec: Document = service.get(f"/searches/{search_id}").json()["spec"]
    return spec


def test_a_change_sends_only_what_differs(page: WatchedPage, edited: str) -> None:
    page.label("Name").fill("after")
    with page.raw.expect_request(lambda request: request.method == "PATCH") as sent:
        page.role("button", "Save").click()
    assert sent.value.post_data_json == {"name": "after"}
    expect(page.role("heading", "after")).to_be_visible()
    assert edited in sent.value.url


@pytest.mark.slow
def test_a_name_is_taken_away(page: WatchedPage, service: httpx.Client, edited: str) -> None:
    page.label("Name").fill("")
    page.role("button", "Save").click()
    expect(page.find("dialog")).to_have_count(0)
    assert spec_of(service, edited)["name"] is None


@pytest.mark.slow
def test_the_metadata_become_what_was_typed(
    page: WatchedPage, service: httpx.Client, edited: str
) -> None:
    wanted = {"team": {"name": "vision", "size": 3}, "note": None, "tags": [None]}
    page.label("Metadata").fill(json.dumps(wanted))
    page.role("button", "Save").click()
    expect(page.find("dialog")).to_have_count(0)
    assert spec_of(service, edited)["metadata"] == wanted


@pytest.mark.slow
def test_what_a_change_cannot_say_is_said(
    page: WatchedPage, service: httpx.Client, edited: str
) -> None:
    page.label("Metadata").fill('{"team": {"name": null}}')
    page.role("button", "Save").click()
    alert = page.find("dialog [role=alert]")
    expect(alert).to_contain_text("“metadata.team.name” cannot be set to null")
    assert spec_of(service, edited)["metadata"] == METADATA


@pytest.mark.slow
def test_what_somebody_else_changed_is_not_changed_back(
    page: WatchedPage, service: httpx.Client, edited: str
) -> None:
    service.patch(f"/searches/{edited}", json={"name": "by another"}).raise_for_status()
    page.label("Priority").fill("7")
    page.role("button", "Save").click()
    expect(page.find("dialog [role=alert]")).to_contain_text(CHANGED_ELSEWHERE)
    assert spec_of(service, edited)["priority"] == 0
    page.role("button", "Discard").click()
    expect(page.role("heading", "by another")).to_be_visible()


@pytest.mark.slow
def test_a_change_that_comes_between_is_not_changed_back(
    page: WatchedPage, service: httpx.Client, edited: str
) -> None:
    def be_quicker(route: Route) -> None:
        if route.request.method == "PATCH":
            service.patch(f"/searches/{edited}", json={"name": "quicker"}).raise_for_status()
        route.continue_()

    page.expect_complaint("status of 412")
    page.raw.route(f"**/v1/searches/{edited}", be_quicker)
    page.label("Name").fill("slower")
    page.role("button", "Save").click()
    expect(page.find("dialog [role=alert]")).to_contain_text(CHANGED_ELSEWHERE)
    assert spec_of(service, edited)["name"] == "quicker"


def test_a_search_is_edited_while_it_gets_on(page: WatchedPage, database: Database) -> None:
    search_id = running_search(database, name="before")
    open_dialog(page, search_id)
    with database.write() as session:
        news = NewEvent(type="dataset_ready", message="something new")
        record(session, lease_of(database, search_id), event=news)
    page.label("Name").fill("after")
    page.role("button", "Save").click()
    expect(page.role("heading", "after")).to_be_visible()


@pytest.mark.slow
def test_the_service_makes_of_a_patch_what_was_wanted(page: WatchedPage) -> None:
    page.open("")
    patches = page.raw.evaluate(
        """async (texts) => {
          const start = document.querySelector("script[type=module]").src;
          const { mergePatch } = await import(new URL("lib/merge-patch.js", start));
          return texts.map((pair) => JSON.stringify(mergePatch(...JSON.parse(pair))));
        }""",
        [json.dumps(pair) for pair in PATCHES],
    )
    made = [
        merge(before, json.loads(patch))
        for (before, _), patch in zip(PATCHES, patches, strict=True)
    ]
    assert made == [after for _, after in PATCHES]
