"""A flood without a key does not fill the log."""

import asyncio
import logging

import httpx
import pytest

from api.monitoring import limited_lines
from api.monitoring.limited_lines import LimitedLines, LimitedWarnings
from store.logs import ACCESS_LOGGER
from tests.api.test_bounded_connections import connection_to, place_of
from tests.support.keys import SignIn

FEW = 5
MALFORMED = "Invalid HTTP request received."


@pytest.fixture(autouse=True)
def few_lines(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(limited_lines, "SECONDS", 3600.0)
    monkeypatch.setattr(limited_lines, "LINES_OF_ONE", FEW)
    caplog.set_level(logging.INFO, logger=ACCESS_LOGGER)


def test_requests_without_a_key_have_few_lines(
    stranger: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limited_lines, "LINES", 0)
    for _ in range(FEW):
        assert stranger.get("/searches").status_code == 401
    assert caplog.records == []


def test_requests_with_a_key_have_a_line_each(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limited_lines, "LINES", 0)
    client = sign_in("ada")
    for _ in range(FEW):
        assert client.get("/searches").is_success
    assert [getattr(record, "status", None) for record in caplog.records] == [200] * FEW


def test_what_is_no_http_has_few_lines(
    shared_client: httpx.Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(logger, "filters", [LimitedWarnings(logger, MALFORMED, "nonsense")])
    caplog.set_level(logging.WARNING, logger=logger.name)
    for _ in range(2 * FEW):
        with connection_to(place_of(shared_client)) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert [record.message for record in caplog.records] == [MALFORMED] * FEW


def test_each_address_has_lines_of_its_own_up_to_a_bound() -> None:
    async def count() -> list[int]:
        limit = LimitedLines(logging.getLogger(__name__), "tests")
        many = range(2 * limited_lines.LINES)
        return [
            sum(limit.allow("192.0.2.1") for _ in many),
            sum(limit.allow("192.0.2.2") for _ in many),
            sum(limit.allow(f"other {n}") for n in many),
        ]

    assert asyncio.run(count()) == [FEW, FEW, limited_lines.LINES - 2 * FEW]


def test_how_many_lines_were_left_out_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limited_lines, "SECONDS", 0.01)
    monkeypatch.setattr(limited_lines, "LINES_OF_ONE", 0)

    async def flood() -> None:
        limit = LimitedLines(logging.getLogger(__name__), "tests")
        for _ in range(3):
            assert not limit.allow()
        await asyncio.sleep(2 * limited_lines.SECONDS)

    asyncio.run(flood())
    assert caplog.messages == ["left out 3 lines about tests"]
