"""The faults: each hits a job that runs, and what it breaks comes back by itself or later."""

import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from signal import Signals

import redis

from store.queue import QUEUE, Doorbell, create_celery
from tests.soak.crew import LEASE_SECONDS, Crew, Running

Fault = Callable[[Crew, Running, random.Random], None]

_LONGER_THAN_A_LEASE = (LEASE_SECONDS * 1.2, LEASE_SECONDS * 2)
_MESSAGES = 20


def kill_child(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    hit.worker.signal_children(Signals.SIGKILL)


def kill_main(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    hit.worker.kill()


def kill_whole_worker(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    for pid in [*hit.worker.children(), hit.worker.pid]:
        with suppress(ProcessLookupError):
            os.kill(pid, Signals.SIGKILL)
    hit.worker.kill()


def terminate_worker(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    hit.worker.signal(Signals.SIGTERM)


def terminate_child(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    hit.worker.signal_children(Signals.SIGTERM)


def quit_worker(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    hit.worker.signal(Signals.SIGQUIT)


def freeze_worker(crew: Crew, hit: Running, dice: random.Random) -> None:
    crew.freeze(hit.worker, whole=True, seconds=dice.uniform(*_LONGER_THAN_A_LEASE))


def freeze_child(crew: Crew, hit: Running, dice: random.Random) -> None:
    crew.freeze(hit.worker, whole=False, seconds=dice.uniform(*_LONGER_THAN_A_LEASE))


def kill_lane(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    _signal_lane(hit, Signals.SIGKILL)


def terminate_lane(_crew: Crew, hit: Running, _dice: random.Random) -> None:
    _signal_lane(hit, Signals.SIGTERM)


def freeze_lane(crew: Crew, hit: Running, dice: random.Random) -> None:
    crew.freeze_lane(hit.worker, seconds=dice.uniform(*_LONGER_THAN_A_LEASE))


def _signal_lane(hit: Running, number: Signals) -> None:
    for pid in hit.worker.lane():
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def tear_checkpoint(crew: Crew, hit: Running, dice: random.Random) -> None:
    """Tear the newest checkpoint, or flip a bit of it, and kill whoever would write another."""
    hit.worker.signal_children(Signals.SIGKILL)
    if hit.checkpoint_key is None:
        return
    path = crew.folder / "artifacts" / hit.checkpoint_key
    with suppress(FileNotFoundError):
        data = bytearray(path.read_bytes())
        place = dice.randrange(len(data))
        if dice.random() < 0.5:
            del data[place:]
        else:
            data[place] ^= 1 << dice.randrange(8)
        path.write_bytes(data)


def double_messages(crew: Crew, hit: Running, _dice: random.Random) -> None:
    doorbell = Doorbell(create_celery(crew.redis.url))
    for _ in range(_MESSAGES):
        doorbell.ring(hit.job_id)


def restart_redis(crew: Crew, _hit: Running, dice: random.Random) -> None:
    crew.redis.stop()
    time.sleep(dice.uniform(0, 1))
    crew.redis.start()


def empty_redis(crew: Crew, _hit: Running, _dice: random.Random) -> None:
    with crew.redis.client() as client, suppress(redis.RedisError):
        client.delete(QUEUE)
        client.flushall()


def stop_redis(crew: Crew, _hit: Running, dice: random.Random) -> None:
    crew.redis.signal(Signals.SIGSTOP)
    time.sleep(dice.uniform(0.5, LEASE_SECONDS))
    crew.redis.signal(Signals.SIGCONT)


def restart_postgres(crew: Crew, _hit: Running, dice: random.Random) -> None:
    assert crew.postgres is not None
    crew.postgres.stop()
    time.sleep(dice.uniform(0, 1))
    crew.postgres.start()


def cut_connections(crew: Crew, _hit: Running, _dice: random.Random) -> None:
    assert crew.postgres is not None
    crew.postgres.cut_connections()


def stop_postgres(crew: Crew, _hit: Running, dice: random.Random) -> None:
    assert crew.postgres is not None
    crew.postgres.signal_all(Signals.SIGSTOP)
    time.sleep(dice.uniform(*_LONGER_THAN_A_LEASE))
    crew.postgres.signal_all(Signals.SIGCONT)


def lock_sqlite(crew: Crew, _hit: Running, dice: random.Random) -> None:
    path = Path(str(crew.database.url.database))
    connecting = closing(sqlite3.connect(path, timeout=5, isolation_level=None))
    with connecting as connection, suppress(sqlite3.OperationalError):
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(dice.uniform(0.5, LEASE_SECONDS * 1.2))
        connection.execute("ROLLBACK")


WEIGHTS: dict[Fault, float] = {
    kill_child: 4,
    kill_main: 2,
    kill_whole_worker: 2,
    terminate_worker: 2,
    terminate_child: 2,
    quit_worker: 1,
    freeze_worker: 3,
    freeze_child: 3,
    tear_checkpoint: 3,
    double_messages: 2,
    restart_redis: 1,
    empty_redis: 1,
    stop_redis: 1,
}
"""How often each comes, against the others, on either database."""
OF_LANES: dict[Fault, float] = {kill_lane: 3, terminate_lane: 2, freeze_lane: 3}
"""Where a worker runs a check beside its job."""
OF_POSTGRES: dict[Fault, float] = {restart_postgres: 1, cut_connections: 2, stop_postgres: 1}
OF_SQLITE: dict[Fault, float] = {lock_sqlite: 2}
