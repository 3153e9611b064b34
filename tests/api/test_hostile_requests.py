"""Requests that no honest client sends get the right status, and never a 500."""

import socket

import httpx
import pytest

from tests.api.calls import problem, submit

ABSENT = "srch_" + "0" * 26


def raw(client: httpx.Client, request: bytes) -> int:
    """Send bytes as they are, and return the status."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        answer = connection.recv(4096)
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "path",
    [
        "/searches/%00",
        "/searches/%c0%af",
        "/searches/%ff",
        "/searches/..%2f..%2fetc",
        "/presets/%0d%0a",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "OPTIONS"])
def test_an_odd_path_is_not_found(shared_client: httpx.Client, path: str, method: str) -> None:
    answer = shared_client.request(method, path, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 404, 405, 204}
    assert answer.status_code != 204 or method == "OPTIONS"


@pytest.mark.parametrize(
    "query",
    [
        "name=%0d%0aSet-Cookie:%20a=b",
        "limit=1e999",
        "limit=9223372036854775808",
        "limit=NaN",
        "status=%ff",
        "metadata[%00]=1",
        "x" * 8000,
        "metadata[a]=" + "9" * 5000,
    ],
)
def test_an_odd_query_is_served_or_refused(shared_client: httpx.Client, query: str) -> None:
    answer = shared_client.get(f"/searches?{query}")
    assert answer.status_code in {200, 422}
    assert "set-cookie" not in answer.headers


def test_a_very_long_url_is_refused(shared_client: httpx.Client) -> None:
    request = b"GET /searches?name=" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert raw(shared_client, request) in {400, 414, 431}


@pytest.mark.parametrize(
    "header",
    [
        b"X-Request-ID: a\0b",
        b"X-Request-ID: \xff\xfe",
        b"If-None-Match: \xc0\xaf",
        b"Prefer: wait=99999999999999999999",
        b"Accept: \xff/*;q=nan",
        b"Accept: " + b"a/b," * 1000,
        b"Last-Event-ID: 9223372036854775808",
        b"Idempotency-Key: \xe9",
    ],
)
def test_an_odd_header_is_served_or_refused(shared_client: httpx.Client, header: bytes) -> None:
    request = (
        b"GET /presets/quick HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + header
        + b"\r\n\r\n"
    )
    assert raw(shared_client, request) in {200, 400, 406}


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "name": "b"}',
        b'{"priority": NaN}',
        b'{"priority": 1e999}',
        b'{"priority": 9223372036854775808}',
        b'{"priority": ' + b"9" * 5000 + b"}",
        b'{"metadata": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
        b'{"metadata": {"a": "\\u0000"}}',
        b'{"name": "\\ud800"}',
        b'{"name": "\xc0\xaf"}',
        '{"name": "x"}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize(
    "path", [f"/searches/{ABSENT}", f"/searches/{ABSENT}/derive", "/genotypes"]
)
def test_an_odd_body_is_refused(shared_client: httpx.Client, path: str, body: bytes) -> None:
    method = "PATCH" if path.endswith(ABSENT) else "POST"
    headers = {"Content-Type": "application/json"}
    answer = shared_client.request(method, path, content=body, headers=headers)
    assert problem(answer)[0] in {400, 422}


def test_the_service_is_well_afterwards(client: httpx.Client) -> None:
    assert client.get(f"/searches/{submit(client)}").status_code == 200
