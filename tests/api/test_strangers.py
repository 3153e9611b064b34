"""Where keys are required, requests without one wait for each other and hold up nobody else."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.resources.strangers import _AT_ONCE, StrangersMiddleware


class Visits:
    """An application that answers when it is told to, and requests to it."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.begin = asyncio.Event()
        self.end = asyncio.Event()
        self._served = StrangersMiddleware(self._app)

    async def _app(self, scope: Scope, _: Receive, send: Send) -> None:
        self.inside.append(scope["client"][0])
        await self.begin.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.end.wait()

    async def visit(self, tasks: asyncio.TaskGroup, address: str, **scope: Any) -> None:
        """Make a request, and let it get as far as it may."""

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Message) -> None:
            pass

        whole = {"type": "http", "method": "GET", "path": "/docs", "headers": [], **scope}
        tasks.create_task(self._served({**whole, "client": (address, 1)}, receive, send))
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


KEY = [(b"authorization", b"Bearer pdk_x")]


@pytest.mark.parametrize(
    ("scope", "may_enter"),
    [
        ({}, False),
        ({"method": "HEAD"}, False),
        ({"headers": KEY}, True),
        ({"path": "/livez"}, True),
        ({"path": "/v1/readyz"}, True),
        ({"method": "POST"}, True),
    ],
)
def test_who_waits_while_as_many_as_may_are_served(
    scope: dict[str, Any], *, may_enter: bool
) -> None:
    async def attempt() -> bool:
        visits = Visits()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                await visits.visit(tasks, "192.0.2.1")
            await visits.visit(tasks, "192.0.2.2", **scope)
            has_entered = "192.0.2.2" in visits.inside
            visits.begin.set()
            visits.end.set()
        return has_entered

    assert asyncio.run(attempt()) == may_enter


def test_a_turn_ends_where_the_answer_begins_and_the_next_is_another_addresss() -> None:
    async def attempt() -> list[str]:
        visits = Visits()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE + 1):
                await visits.visit(tasks, "192.0.2.1")
            await visits.visit(tasks, "192.0.2.2")
            assert visits.inside == ["192.0.2.1"] * _AT_ONCE
            visits.begin.set()
            await settle()
            entered = [*visits.inside]
            visits.end.set()
        return entered

    entered = asyncio.run(attempt())
    assert entered[_AT_ONCE:] == ["192.0.2.2", "192.0.2.1"]
