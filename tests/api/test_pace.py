"""An owner's costly requests wait for each other and leave others most of the time."""

import asyncio
import time

from api.resources.pace import Pace


def test_an_owners_wait_for_each_other_and_nobody_elses_for_them() -> None:
    under_way: list[str] = []
    seen: list[list[str]] = []

    async def run() -> None:
        pace = Pace()
        both_work = asyncio.Barrier(2)

        async def work(owner: str) -> None:
            async with pace.working(owner, 0):
                under_way.append(owner)
                seen.append(sorted(under_way))
                await both_work.wait()
                under_way.remove(owner)

        owners = ["mallory"] * 3 + ["ada"] * 3
        await asyncio.wait_for(asyncio.gather(*map(work, owners)), 30)

    asyncio.run(run())
    assert max(seen, key=len) == ["ada", "mallory"]
    assert all(len(set(owners)) == len(owners) for owners in seen)


def test_an_owner_rests_for_longer_than_it_worked() -> None:
    async def run() -> tuple[float, float]:
        pace = Pace()
        async with pace.working("mallory", 0):
            begun_at = time.monotonic()
            await asyncio.sleep(0.02)
            worked = time.monotonic() - begun_at
        ended_at = time.monotonic()
        async with pace.working("mallory", 0):
            return worked, time.monotonic() - ended_at

    worked, rested = asyncio.run(run())
    assert rested >= min(2 * worked, 0.2)


def test_a_few_bodies_of_an_owner_are_received_at_once() -> None:
    most = 0

    async def run() -> None:
        nonlocal most
        pace, count = Pace(), 0

        async def receive() -> None:
            nonlocal most, count
            async with pace.receiving("mallory"):
                count += 1
                most = max(most, count)
                await asyncio.sleep(0)
                count -= 1

        await asyncio.gather(*(receive() for _ in range(20)))

    asyncio.run(run())
    assert most == 4
