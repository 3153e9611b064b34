"""Turns are shared between owners, not won by whoever asks most often."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest

from api.resources.turns import Turns


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def order_of(count: int, owners: Sequence[str]) -> list[str]:
    """Return in which order those who ask one after the other have their turns, each a moment."""
    order: list[str] = []

    async def run() -> None:
        turns = Turns(count)

        async def take(owner: str) -> None:
            async with turns.of(owner):
                order.append(owner)
                await _settle()

        await asyncio.gather(*map(take, owners))

    asyncio.run(run())
    return order


def test_of_one_owner_those_who_came_first_go_first() -> None:
    order: list[int] = []

    async def run() -> None:
        turns = Turns(1)

        async def take(number: int) -> None:
            async with turns.of("ada"):
                order.append(number)
                await asyncio.sleep(0)

        await asyncio.gather(*map(take, range(5)))

    asyncio.run(run())
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [1, 2])
def test_another_owner_waits_for_no_more_than_those_who_have_their_turn(count: int) -> None:
    order = order_of(count, ["mallory"] * 20 + ["ada"])
    assert order.index("ada") <= count


def test_owners_take_turns() -> None:
    order = order_of(1, ["mallory"] * 3 + ["ada"] * 3 + ["bob"] * 3)
    assert order[0] == "mallory"
    assert all(set(order[place : place + 3]) == {"mallory", "ada", "bob"} for place in (1, 4))


@pytest.mark.parametrize("had_turn", [False, True])
def test_who_leaves_while_waiting_holds_up_nobody(*, had_turn: bool) -> None:
    async def run() -> None:
        turns = Turns(1)
        async with AsyncExitStack() as first:
            await first.enter_async_context(turns.of("ada"))
            leaving = asyncio.create_task(_take(turns))
            await _settle()
            if had_turn:
                await first.aclose()  # the turn is theirs, and they do not know it yet
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
        await asyncio.wait_for(_take(turns), 10)

    asyncio.run(run())


async def _take(turns: Turns) -> None:
    async with turns.of("bob"):
        pass
