"""Sends deliveries that are due. Any number of senders may run: each delivery is taken by one."""

import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

import anyio
import httpx
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Signer

from api.webhooks.addresses import AddressRefused
from api.webhooks.transport import GuardedTransport
from store.database import Database
from store.sealed_secrets import SecretBox, SecretLost
from store.settings import Settings
from store.webhooks import (
    Outcome,
    TakenDelivery,
    forget_old,
    record_outcome,
    seal_secrets,
    take_due,
)

T = TypeVar("T")

PAUSES_SECONDS = (5, 30, 120, 600, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
"""Between the attempts: the last comes about three days after the first."""
_JITTER = 0.2
_AT_ONCE = 32
"""Of which one owner alone gets half, see store.webhooks.take_due."""
_AT_ONCE_EACH = 2
_LOOK_SECONDS = 1.0
_STEP_SECONDS = 10.0
"""For connecting, and for the beginning of an answer."""
_ATTEMPT_SECONDS = 25.0
_LEASE_SECONDS = 90.0
_FORGET_SECONDS = 3600.0
_LONGEST_ERROR = 300
_GONE = 410

logger = logging.getLogger(__name__)


class Sender:
    """Sends what is due, several at once, but few for one webhook, and some of every owner's.

    Args:
        database: where deliveries are.
        settings: where to they may go.
        secrets: opens what deliveries are signed with.
        attempt_seconds: how long an attempt may take in all.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        secrets: SecretBox,
        *,
        attempt_seconds: float = _ATTEMPT_SECONDS,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._attempt_seconds = attempt_seconds
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(settings.webhook_networks),
            follow_redirects=False,
            trust_env=False,
            timeout=_STEP_SECONDS,
        )
        self._free = _AT_ONCE
        self._busy: Counter[str] = Counter()
        self._of_owners: Counter[str] = Counter()
        self._threads = anyio.CapacityLimiter(2)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send while the block runs; what is under way at its end is sent again later."""
        async with self._client, anyio.create_task_group() as tasks:
            tasks.start_soon(self._run)
            yield
            tasks.cancel_scope.cancel()

    async def _run(self) -> None:
        forgotten_at = -_FORGET_SECONDS
        async with anyio.create_task_group() as attempts:
            while True:
                try:
                    if anyio.current_time() - forgotten_at > _FORGET_SECONDS:
                        forgotten_at = anyio.current_time()
                        await self._write(forget_old)
                        await self._write(lambda session: seal_secrets(session, self._secrets))
                    for taken in await self._take():
                        attempts.start_soon(self._attempt, taken)
                except SQLAlchemyError as error:
                    logger.warning("could not read which webhooks are due: %s", error)
                except Exception:
                    logger.exception("could not send webhooks; trying again")
                await anyio.sleep(_LOOK_SECONDS)

    async def _take(self) -> list[TakenDelivery]:
        if self._free <= 0:
            return []
        limit, under_way, of_owners = self._free, dict(self._busy), dict(self._of_owners)
        taken = await self._write(
            lambda session: take_due(
                session,
                limit=limit,
                each=_AT_ONCE_EACH,
                under_way=under_way,
                of_owners=of_owners,
                lease_seconds=_LEASE_SECONDS,
            )
        )
        for delivery in taken:
            self._free -= 1
            self._busy[delivery.webhook_id] += 1
            self._of_owners[delivery.owner] += 1
        return taken

    async def _attempt(self, taken: TakenDelivery) -> None:
        try:
            outcome = await self._send(taken)
            await self._write(lambda session: record_outcome(session, taken, outcome))
        except SQLAlchemyError as error:
            logger.warning("could not record the outcome of delivery %s: %s", taken.id, error)
        except Exception:
            logger.exception("delivery %s failed; trying again", taken.id)
        finally:
            self._free += 1
            self._busy -= Counter([taken.webhook_id])
            self._of_owners -= Counter([taken.owner])

    async def _send(self, taken: TakenDelivery) -> Outcome:
        try:
            with anyio.fail_after(self._attempt_seconds):
                status = await self._post(taken)
        except TimeoutError:
            return _failed(taken, "the receiver took too long to answer")
        except (AddressRefused, SecretLost) as error:
            return _failed(taken, str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return _failed(taken, f"{type(error).__name__}: {error}")
        if 200 <= status < 300:
            return Outcome(status=status, error=None)
        return _failed(taken, f"the receiver answered {status}", status=status)

    async def _post(self, taken: TakenDelivery) -> int:
        secret = self._secrets.open(taken.sealed_secret, taken.webhook_id)
        headers = signed_headers(taken, secret, datetime.now(UTC))
        # Closed unread: nothing in a receiver's answer is of use but its status.
        async with self._client.stream(
            "POST", taken.url, content=taken.payload.encode(), headers=headers
        ) as answer:
            return answer.status_code

    async def _write(self, change: Callable[[Session], T]) -> T:
        def write() -> T:
            with self._database.write() as session:
                return change(session)

        return await anyio.to_thread.run_sync(write, limiter=self._threads)


@asynccontextmanager
async def sending(
    database: Database, settings: Settings, secrets: SecretBox | None
) -> AsyncIterator[None]:
    """Send while the block runs, if there is something to sign with."""
    if secrets is None:
        yield
    else:
        async with Sender(database, settings, secrets).running():
            yield


def signed_headers(taken: TakenDelivery, secret: str, moment: datetime) -> dict[str, str]:
    """Return what a delivery is sent with, as Standard Webhooks has it."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "pdarts-webhooks",
        "webhook-id": taken.id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Signer(secret).sign(taken.id, moment, taken.payload),
    }


def pause_after(attempt: int) -> float | None:
    """Return the seconds to wait after an attempt, counted from 1; None if it was the last."""
    if attempt > len(PAUSES_SECONDS):
        return None
    spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  no secret hangs on it
    return PAUSES_SECONDS[attempt - 1] * spread


def _failed(taken: TakenDelivery, error: str, *, status: int | None = None) -> Outcome:
    is_gone = status == _GONE
    return Outcome(
        status=status,
        error=error[:_LONGEST_ERROR],
        again_in_seconds=None if is_gone else pause_after(taken.attempt),
        is_gone=is_gone,
    )
