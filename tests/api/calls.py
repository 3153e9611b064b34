"""Calls that most tests make."""

from typing import Any

import httpx

QUICK = {"dataset": "digits", "preset": "quick"}


def submit(client: httpx.Client, **spec: Any) -> str:
    """Submit a search and return its id."""
    answer = client.post("/searches", json=QUICK | spec)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def status(client: httpx.Client, search_id: str) -> str:
    """Return where a search stands."""
    return str(client.get(f"/searches/{search_id}").json()["status"])


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of an error, which is told as RFC 9457 has it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "detail"} <= set(body)
    return answer.status_code, body["code"]


def pointers(answer: httpx.Response) -> list[str]:
    """Return where the body was wrong."""
    return [field["pointer"] for field in answer.json()["errors"]]
