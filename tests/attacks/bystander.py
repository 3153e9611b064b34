"""`python -m tests.attacks.bystander`: others who use the service while it is attacked.

Reads one line of JSON (`Errand`), says `ready` once it has been served for a moment, and prints
what it saw (`Seen`) when its input ends. A request is sent at each tick, whether or not those
before it have been answered, so that a stall is seen by all who would have been there. Requests for
searches share kept connections; each `/livez` opens its own, as health checks do.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from tests.support.keys import bearer

ADDRESS = "127.0.0.2"
"""Another one than the attacker's, as others on a network have."""
GET_SECONDS = 0.04
LIVEZ_SECONDS = 0.1
"""From tick to tick."""
_LONGEST_WAIT_SECONDS = 30.0
_WARM_UP_SECONDS = 1.5


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Whom to ask for what."""

    url: str
    reads: Sequence[tuple[str, str]]
    """Keys, empty without, and the paths that they read; taken in turns."""


@dataclass(kw_only=True)
class Seen:
    """How requests went: seconds of each, and the errors among them."""

    get: list[float] = field(default_factory=list)
    livez: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def encode(self) -> str:
        """Return it as a line."""
        # `asdict` would count the pairs of the Counter.
        return json.dumps(vars(self))

    @classmethod
    def decode(cls, line: str) -> "Seen":
        """Return what a line says."""
        told = json.loads(line)
        return cls(get=told["get"], livez=told["livez"], errors=Counter(told["errors"]))


class Bystander:
    """Sends requests on its own clock and notes how they went."""

    def __init__(self, errand: Errand) -> None:
        self.seen = Seen()
        self._errand = errand
        self._asked = 0
        transport = httpx.AsyncHTTPTransport(
            local_address=ADDRESS, limits=httpx.Limits(max_connections=200)
        )
        self._client = httpx.AsyncClient(
            base_url=errand.url,
            transport=transport,
            timeout=_LONGEST_WAIT_SECONDS,
            trust_env=False,
        )

    async def watch(self) -> None:
        """Ask until the input ends."""
        ending = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        async with self._client, asyncio.TaskGroup() as asking:
            clocks = [
                asyncio.create_task(self._each(GET_SECONDS, self._get, asking)),
                asyncio.create_task(self._each(LIVEZ_SECONDS, self._livez, asking)),
            ]
            await asyncio.sleep(_WARM_UP_SECONDS)
            self.seen = Seen()
            _say("ready")
            await ending
            for clock in clocks:
                clock.cancel()

    async def _each(
        self, seconds: float, ask: Callable[[], Awaitable[None]], asking: asyncio.TaskGroup
    ) -> None:
        async def begin() -> None:
            await ask()

        due = time.monotonic()
        while True:
            asking.create_task(begin())
            due = max(due + seconds, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def _get(self) -> None:
        key, path = self._errand.reads[self._asked % len(self._errand.reads)]
        self._asked += 1
        await self._ask(path, bearer(key) if key else {}, "get")

    async def _livez(self) -> None:
        await self._ask("/livez", {"Connection": "close"}, "livez")

    async def _ask(self, path: str, headers: dict[str, str], kind: str) -> None:
        begun_at = time.perf_counter()
        seen = self.seen
        try:
            answer = await self._client.get(path, headers=headers)
        except httpx.TransportError as error:
            seen.errors[type(error).__name__] += 1
        else:
            if not answer.is_success:
                seen.errors[f"{kind} {answer.status_code}"] += 1
        times: list[float] = getattr(seen, kind)
        times.append(time.perf_counter() - begun_at)


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run the errand that the input names."""
    bystander = Bystander(Errand(**json.loads(sys.stdin.readline())))
    asyncio.run(bystander.watch())
    _say(bystander.seen.encode())


if __name__ == "__main__":
    main()
