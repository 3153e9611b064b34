"""What costs the same however many ask is asked once for all of them."""

import asyncio

from api.monitoring.shared_look import SharedLook


def test_who_comes_during_a_look_shares_it_and_who_comes_later_has_a_new_one() -> None:
    looks = 0

    async def look() -> int:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return looks

    async def ask() -> tuple[list[int], int]:
        shared = SharedLook[int]()
        at_once = await asyncio.gather(*(shared.take(look) for _ in range(5)))
        return at_once, await shared.take(look)

    assert asyncio.run(ask()) == ([1] * 5, 2)


def test_who_leaves_takes_nothing_from_the_others() -> None:
    async def ask() -> str:
        shared = SharedLook[str]()
        may_end = asyncio.Event()

        async def look() -> str:
            await may_end.wait()
            return "seen"

        first, second = (asyncio.create_task(shared.take(look)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        may_end.set()
        return await second

    assert asyncio.run(ask()) == "seen"
